namespace Microsoft.ML.Lora.Text.Unicode;

/// <summary>General categories in the order of the generated tables.</summary>
internal enum GeneralCategory
{
    Cn, Lu, Ll, Lt, Lm, Lo, Mn, Mc, Me, Nd, Nl, No, Pc, Pd, Ps, Pe, Pi, Pf, Po, Sm, Sc, Sk, So, Zs, Zl, Zp, Cc, Cf, Co, Cs,
}
