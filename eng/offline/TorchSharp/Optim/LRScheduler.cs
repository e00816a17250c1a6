namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Schedules of the learning rate.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>Sets the learning rate of every group after each step.</summary>
            public abstract class LRScheduler
            {
                internal readonly Optimizer Optimizer = null!;
                internal readonly List<double> BaseRates = [];
                protected int _step_count;
                private readonly List<double> _lastRates = [];
                private readonly bool _verbose;

                protected LRScheduler()
                {
                }

                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    ArgumentNullException.ThrowIfNull(optimizer);
                    Optimizer = optimizer;
                    LastEpoch = last_epoch;
                    _verbose = verbose;
                    BaseRates.AddRange(optimizer.ParamGroups.Select(group => group.InitialLearningRate));
                    _lastRates.AddRange(optimizer.ParamGroups.Select(group => group.LearningRate));
                }

                internal int LastEpoch { get; private set; } = -1;

                internal IEnumerable<double> Rates => Optimizer.ParamGroups.Select(group => group.LearningRate);

                public IEnumerable<double> get_last_lr() => _lastRates;

                public virtual void step() => step(null);

                public virtual void step(int? epoch)
                {
                    _step_count++;
                    LastEpoch = epoch ?? LastEpoch + 1;
                    var rates = (epoch is null ? get_lr() : get_closed_form_lr()).ToList();
                    var groups = Optimizer.ParamGroups.ToList();
                    for (var k = 0; k < BaseRates.Count; k++)
                    {
                        if (_verbose && _lastRates[k] != rates[k])
                        {
                            Console.WriteLine($"Adjusting learning rate to {rates[k]}");
                        }
                        groups[k].LearningRate = rates[k];
                        _lastRates[k] = rates[k];
                    }
                }

                public virtual void step(double current, int? epoch = null) => step(epoch);

                protected virtual IEnumerable<double> get_lr() => Rates;

                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();
            }
        }
    }
}
