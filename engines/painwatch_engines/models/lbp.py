"""Local binary patterns (Ojala et al. 2002) as a torch module, so that they export to ONNX like every network."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from painwatch_engines.models.pixels import DEVIATION, MEAN
from painwatch_engines.models.settings import LbpSettings

LUMA = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey (ITU-R BT.601), as in OpenCV."""


class LbpHistograms(nn.Module):
    """Grey values to codes, codes to a histogram for each cell of a grid, one after the other.

    All arithmetic up to the codes is float64 in scikit-image's order: a code asks whether two values are equal, and in
    even parts of a face they are, but for rounding.
    """

    def __init__(self, settings: LbpSettings) -> None:
        super().__init__()
        self.settings = settings
        bins = uniform_bins(settings.points) if settings.codes == "uniform" else np.arange(2**settings.points)
        self.bins = int(bins.max()) + 1
        self.length = settings.grid**2 * self.bins
        self.register_buffer("bin_of_code", torch.from_numpy(bins), persistent=False)

    def forward(self, faces: Tensor) -> Tensor:
        """(N, 3, S, S) normalised RGB to (N, grid * grid * bins) float32, cells by rows, each cell summing to 1."""
        bins = self.get_buffer("bin_of_code")[lbp_codes(grey(faces), self.settings.points, self.settings.radius)]
        cell, share = (
            torch.from_numpy(part).to(faces.device) for part in _cells(int(faces.shape[-1]), self.settings.grid)
        )
        places = bins.flatten(1) + cell * self.bins
        empty = torch.zeros(places.shape[0], self.length, device=faces.device)
        return empty.scatter_add(1, places, share.expand(places.shape[0], -1))


def grey(faces: Tensor) -> Tensor:
    """(N, 3, S, S) normalised RGB to the grey values 0..255 (N, S, S) of the picture, whole numbers as float64."""
    mean, deviation = (faces.new_tensor(values).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    rgb = ((faces * deviation + mean) * 255).round().double()
    red, green, blue = rgb.unbind(dim=1)
    return (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2]).round()


def lbp_codes(pictures: Tensor, points: int, radius: float) -> Tensor:
    """The code of each pixel: bit p is 1 where neighbour p is not darker than the pixel.

    Neighbours lie on a circle, from the right counter-clockwise, and are interpolated bilinearly; outside the picture
    is 0. Equal to `skimage.feature.local_binary_pattern(method="default")`.

    Args:
        pictures: (N, S, S) grey values.
        points: P, neighbours.
        radius: R, px.

    Returns:
        (N, S, S) int64, 0..2**P - 1.
    """
    size = int(pictures.shape[-1])
    margin = math.ceil(radius) + 1
    padded = F.pad(pictures, (margin, margin, margin, margin))
    codes = torch.zeros_like(pictures)
    for point in range(points):
        angle = 2 * math.pi * point / points
        rows, down = _steps(size, round(-radius * math.sin(angle), 5))
        columns, right = _steps(size, round(radius * math.cos(angle), 5))
        down, right = down.to(pictures.device).view(1, size, 1), right.to(pictures.device).view(1, 1, size)
        row, column = rows + margin, columns + margin
        upper, lower = (padded[:, top : top + size] for top in (row, row + 1))
        above, below = (
            (1 - right) * band[:, :, column : column + size] + right * band[:, :, column + 1 : column + 1 + size]
            for band in (upper, lower)
        )
        value = (1 - down) * above + down * below
        codes = codes + (value >= pictures).double() * 2**point
    return codes.long()


def uniform_bins(points: int) -> NDArray[np.int64]:
    """(2**P,) the bin of each code where codes with more than two changes around the circle share the last one.

    P (P - 1) + 3 bins, 59 for eight neighbours (Ahonen et al. 2006); the order is scikit-image's "nri_uniform".
    """
    codes = np.arange(2**points)[:, None]
    bits = codes >> np.arange(points) & 1
    rises = bits > np.roll(bits, 1, axis=1)
    ones = bits.sum(axis=1)
    turn = (points - rises.argmax(axis=1)) % points
    bins = np.where(rises.sum(axis=1) > 1, points * (points - 1) + 2, 1 + (ones - 1) * points + turn)
    bins[ones == 0], bins[ones == points] = 0, points * (points - 1) + 1
    return bins.astype(np.int64)


def _steps(size: int, offset: float) -> tuple[int, Tensor]:
    """The whole px below the offset, and how far beyond it each of the picture's rows then is, (size,) 0..1.

    The fraction is taken from row + offset, not from the offset: the last bits differ, and scikit-image's are these.
    """
    places = torch.arange(size, dtype=torch.float64) + offset
    return math.floor(offset), places - places.floor()


def _cells(size: int, grid: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each px of a picture by rows: the number of its cell, and the share it is of that cell; (size * size,)."""
    band = np.arange(size) * grid // size
    cell = (band[:, None] * grid + band[None, :]).ravel()
    return cell, (1 / np.bincount(cell)[cell]).astype(np.float32)
