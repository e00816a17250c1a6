namespace Microsoft.ML.Lora.Text.Classes;

/// <summary>
/// Which tokenizer class the transformers library, version 5, has for the <c>model_type</c> of a config.json (its models/auto/tokenization_auto.py),
/// and which class it takes where tokenizer_config.json names another one.
/// </summary>
internal static class ModelTypes
{
    /// <summary>What stands for: the tokenizer.json as it is, whatever class is named.</summary>
    private const string Plain = "TokenizersBackend";

    /// <summary>The class for a folder with a tokenizer.json, or null where the file stands as it is.</summary>
    /// <param name="named">The class that the files name, without <c>Fast</c>; null = none.</param>
    /// <param name="modelType">The config.json's <c>model_type</c>; null = none.</param>
    public static TokenizerClass? Choose(string? named, string? modelType)
    {
        string? registered = Registered(modelType);
        return TokenizerClass.Find(named is null || registered == Plain ? registered : named);
    }

    /// <summary>The name of the class for a <c>model_type</c>; null where there is none with rules here.</summary>
    public static string? ClassName(string? modelType) => Registered(modelType) is { } name && name != Plain ? name : null;

    private static string? Registered(string? modelType) => modelType switch
    {
        "align" or "bark" or "bert" or "blip" or "bros" or "chinese_clip" or "convbert" or "distilbert" or "electra" or "ernie" or "flava" or "git"
            or "grounding-dino" or "layoutlm" or "megatron-bert" or "mm-grounding-dino" or "mobilebert" or "nezha" or "nomic_bert" or "qdqbert" or "realm"
            or "retribert" or "squeezebert" or "tvp" or "vilt" or "visual_bert" => "BertTokenizer",
        "bart" or "bridgetower" or "clap" or "data2vec-text" or "ibert" or "lilt" or "longformer" or "mega" or "mra" or "roberta"
            or "roberta-prelayernorm" => "RobertaTokenizer",
        "blip-2" or "codegen" or "dbrx" or "emu3" or "gpt2" or "gpt_neo" or "gptj" or "instructblip" or "instructblipvideo" or "jais2" or "opt" or "phi"
            or "starcoder2" => "GPT2Tokenizer",
        "mt5" or "musicgen" or "musicgen_melody" or "switch_transformers" or "t5" => "T5Tokenizer",
        "idefics" or "idefics2" => "LlamaTokenizer",
        "arctic" or "aria" or "bigbird_pegasus" or "camembertv2-base" or "chameleon" or "chatlm" or "cohere_asr" or "deepseek_ocr" or "deepseek_ocr2"
            or "deepseek_v2" or "deepseek_v3" or "deepseek_v32" or "deepseek_v4" or "deepseek_vl" or "deepseek_vl_hybrid" or "deepseek_vl_v2" or "ernie4_5"
            or "ernie4_5_moe" or "flex_olmo" or "fuyu" or "glm" or "glm4" or "glm4_moe" or "glm4_moe_lite" or "glm4v" or "glm4v_moe" or "glm_image"
            or "glmasr" or "got_ocr2" or "gpt_bigcode" or "granite" or "granitemoe" or "granitemoehybrid" or "granitemoeshared" or "h2ovl_chat"
            or "hyperclovax" or "hyperclovax_vlm" or "internlm2" or "jamba" or "janus" or "kimi_k25" or "kosmos-2" or "llava" or "llava_next"
            or "mimo_v2_flash" or "minicpm3" or "minicpmv" or "minicpmv4_6" or "minimax_m2" or "ministral" or "ministral3" or "mistral" or "mistral3"
            or "mixtral" or "modernbert" or "molmo" or "molmo2" or "nemotron" or "nvfp4" or "nystromformer" or "olmo2" or "olmo3" or "olmo_hybrid"
            or "opencua" or "openvla" or "paddleocr_vl" or "pegasus_x" or "persimmon" or "phi3" or "phi3_v" or "phimoe" or "pix2struct" or "pixtral"
            or "qwen2" or "smolvlm" or "stablelm" or "step3_vl" or "step3p5" or "umt5" or "vipllava" or "vision-encoder-decoder" or "voxtral"
            or "voxtral_realtime" or "xlm-roberta-xl" => Plain,
        _ => null,
    };
}
