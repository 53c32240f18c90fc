"""From a model's ONNX file to forms that one engine runs faster, admitted only if they answer as the model does.

Needs the package onnx, but no PyTorch.
"""
