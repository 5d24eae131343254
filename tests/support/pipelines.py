# SPDX-License-Identifier: Apache-2.0
"""A text-to-video pipeline as `diffusers` saves them, small and untrained: what it makes is coloured noise."""

from __future__ import annotations

from pathlib import Path

WORDS = ["a", "the", "cat", "dog", "film", "of", "walks", "red", "fox", "runs", "lighthouse", "keeper", "sea"]


def save_tiny_pipeline(folder: Path, *, seed: int = 0) -> Path:
    """Wan's architecture with a few thousand random weights; loaded and run like the real one in a second."""
    import torch  # noqa: PLC0415 - heavy
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel  # noqa: PLC0415
    from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: PLC0415
    from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel  # noqa: PLC0415

    vocabulary = {name: number for number, name in enumerate(["<pad>", "</s>", "<unk>", *WORDS])}
    tokens = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    tokens.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    torch.manual_seed(seed)
    pipeline = WanPipeline(
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=tokens, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=64
        ),
        text_encoder=UMT5EncoderModel(
            UMT5Config(vocab_size=len(vocabulary), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
        ),
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=2,
            attention_head_dim=12,
            in_channels=16,
            out_channels=16,
            text_dim=16,
            freq_dim=32,
            ffn_dim=32,
            num_layers=1,
            cross_attn_norm=True,
            qk_norm="rms_norm_across_heads",
            rope_max_seq_len=32,
        ),
        vae=AutoencoderKLWan(
            base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        ),
        scheduler=UniPCMultistepScheduler(flow_shift=3.0),
    )
    pipeline.save_pretrained(folder)
    return folder
