"""Write both networks as int8 ONNX."""

from collections.abc import Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from evals.embedded.network import Practice, WordReader
from service.judging.embedded.packing import MARKERS

__all__ = ["export_practice", "export_words"]

_CLS, _SEP, _WORD = 101, 102, 2000
_IDS = torch.tensor([[_CLS, _WORD, _SEP, *MARKERS.values(), _WORD, _SEP, _WORD, _WORD, _SEP]])
_SEGMENTS = torch.tensor([[0] * (_IDS.shape[1] - 3) + [1] * 3])
_PARTS = torch.zeros_like(_IDS)  # like the others it only shows the shape


def export_words(reader: WordReader, file: Path) -> None:
    """Write what `WordReader.forward` does, without a mask."""
    tokens = (_IDS, _SEGMENTS, _PARTS)
    _export(reader, tokens, ["ids", "segments", "parts"], ["hidden", "knowledge"], file)


def export_practice(network: Practice, file: Path) -> None:
    """Write what `Practice.forward` does, without a mask."""
    outputs = ["verdict", "status", "query", "key"]
    _export(network.eval(), (_IDS, _SEGMENTS), ["ids", "segments"], outputs, file)


def _export(
    module: nn.Module,
    example: tuple[torch.Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    file: Path,
) -> None:
    whole = file.with_suffix(".float.onnx")
    torch.onnx.export(
        module,
        example,
        str(whole),
        input_names=inputs,
        output_names=outputs,
        dynamic_axes={name: {1: "tokens"} for name in inputs},
        dynamo=False,
    )
    quantize_dynamic(whole, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    whole.unlink()
