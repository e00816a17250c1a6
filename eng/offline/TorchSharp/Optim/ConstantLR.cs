namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>A smaller rate for the first steps.</summary>
                public class ConstantLR : LRScheduler
                {
                    private readonly double _factor;
                    private readonly int _steps;

                    public ConstantLR(Optimizer optimizer, double factor = 0.3333333333333333, int total_iters = 5, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch, verbose)
                    {
                        _factor = factor;
                        _steps = total_iters;
                        step();
                    }

                    protected override IEnumerable<double> get_lr() =>
                        Rates.Select(rate => LastEpoch == 0 ? rate * _factor : LastEpoch == _steps ? rate * (1.0 / _factor) : rate);

                    protected override IEnumerable<double> get_closed_form_lr() =>
                        BaseRates.Select(rate => rate * (LastEpoch >= _steps ? 1 : _factor));
                }
            }
        }
    }
}
