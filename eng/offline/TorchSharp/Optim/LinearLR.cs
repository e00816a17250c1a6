namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>A rate that goes from start_factor to end_factor in a straight line.</summary>
                public class LinearLR : LRScheduler
                {
                    private readonly double _start;
                    private readonly double _end;
                    private readonly int _steps;

                    public LinearLR(Optimizer optimizer, double start_factor = 0.3333333333333333, double end_factor = 1, int total_iters = 5, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _start = start_factor;
                        _end = end_factor;
                        _steps = total_iters;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Rates.Select(rate => LastEpoch == 0
                            ? rate * _start
                            : LastEpoch > _steps
                                ? rate
                                : rate * (1 + ((_end - _start) / ((_steps * _start) + ((LastEpoch - 1) * (_end - _start))))));

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        BaseRates.Select(rate => rate * (_start + ((_end - _start) * Math.Min(_steps, LastEpoch) / _steps)));
                }
            }
        }
    }
}
