"""Lightning's Trainer as every training here uses it: where it runs, what it keeps, what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from painwatch_engines.errors import DataError
from painwatch_engines.models.dlclive_seam import declare_torchvision_operators
from painwatch_engines.training.fit import FitOptions
from painwatch_engines.training.run_folder import next_part

declare_torchvision_operators()  # Lightning brings torchmetrics, which imports torchvision where it is installed.
import lightning.pytorch as pl  # noqa: E402
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, RichProgressBar  # noqa: E402
from lightning.pytorch.loggers import CSVLogger  # noqa: E402
from lightning.pytorch.plugins.io import TorchCheckpointIO  # noqa: E402

LAST, BEST = "last.ckpt", "best.ckpt"


def trainer_for(folder: Path, epochs: int, stops: bool, patience: int | None, options: FitOptions) -> pl.Trainer:
    """A Trainer for one stage, which writes into `folder` and nowhere else.

    Args:
        folder: of the stage.
        epochs: at most.
        stops: whether there are held-out animals, to keep the best weights by and to stop on.
        patience: epochs without a lower loss on them; None trains all.
        options: of the run.
    """
    # The newest weights come last, so that they know of the best ones and of the patience that is left.
    callbacks: list[Callback] = []
    if stops:
        callbacks.append(_keeping(folder, BEST, "held_out_loss"))
    if stops and patience is not None:
        callbacks.append(EarlyStopping("held_out_loss", patience=patience))
    callbacks.append(_keeping(folder, LAST, None))
    if options.progress:
        callbacks.append(_Bar(console_kwargs={"stderr": True}))
    gpu = options.accelerator != "cpu" and torch.cuda.is_available()
    return pl.Trainer(
        accelerator="gpu" if gpu else "cpu",
        devices=options.devices,
        # CPU processes are forked: a fresh one would import Lightning before the torchvision operators are declared.
        strategy="auto" if options.devices == 1 else "ddp_spawn" if gpu else "ddp_fork",
        sync_batchnorm=gpu and options.devices > 1,
        deterministic=options.deterministic,
        max_epochs=epochs,
        reload_dataloaders_every_n_epochs=1,
        use_distributed_sampler=False,
        limit_val_batches=1.0 if stops else 0,
        num_sanity_val_steps=0,
        callbacks=callbacks,
        plugins=[_WholeCheckpoints()],
        logger=CSVLogger(folder, name="", version=next_part(folder)),
        log_every_n_steps=1,
        enable_model_summary=False,
        enable_progress_bar=options.progress,
        default_root_dir=folder,
    )


def check_devices(options: FitOptions, batch: int) -> None:
    """Raise DataError if the devices asked for are not there, or cannot share a batch."""
    there = torch.cuda.device_count() if options.accelerator != "cpu" else 0
    if options.accelerator == "gpu" and not there:
        mend = "Train on the CPU (--accelerator cpu), or install PyTorch with CUDA."
        raise DataError("PyTorch finds no GPU here", "--accelerator gpu", mend)
    if there and options.devices > there:
        raise DataError(f"{options.devices} devices asked for, {there} there", "devices", "Ask for fewer (--devices).")
    if batch % options.devices:
        mend = "Choose a number of devices that divides it."
        raise DataError(f"a batch of {batch} cannot be shared by {options.devices} devices", "devices", mend)


class _WholeCheckpoints(TorchCheckpointIO):
    """A checkpoint is there whole or not at all, after a kill too.

    Lightning's own is written to the machine's folder for temporary files and moved from there, which between two
    disks is a copy: broken off, nothing could be resumed from it.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:  # noqa: ARG002
        part = Path(f"{path}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        torch.save(checkpoint, part)
        part.replace(path)


class _Bar(RichProgressBar):
    """Lightning's bar without the number of the log's part, which tells nobody anything."""

    def get_metrics(self, *args: Any) -> dict[str, Any]:
        return {name: value for name, value in super().get_metrics(*args).items() if name != "v_num"}


def _keeping(folder: Path, file: str, monitor: str | None) -> ModelCheckpoint:
    """Keep the weights with the lowest value of `monitor`, or the newest."""
    return ModelCheckpoint(
        folder,
        file.removesuffix(".ckpt"),
        monitor=monitor,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
