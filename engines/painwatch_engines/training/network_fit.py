"""Training of networks by gradient descent, stage by stage, on Lightning's Trainer."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from painwatch_engines.data.face_folder import FaceFolder
from painwatch_engines.errors import DataError
from painwatch_engines.models.dlclive_seam import declare_torchvision_operators
from painwatch_engines.models.method import Method, Targets
from painwatch_engines.models.pixels import normalise
from painwatch_engines.models.settings import MethodSettings
from painwatch_engines.training.faces import Batch, Batches, Cut, Pictures, epoch_order
from painwatch_engines.training.fit import FitOptions, Fitted
from painwatch_engines.training.memory import in_format
from painwatch_engines.training.run_folder import join_logs, open_run
from painwatch_engines.training.schedule import rise
from painwatch_engines.training.stages import Plan, plans
from painwatch_engines.training.trainer import BEST, LAST, check_devices, trainer_for

declare_torchvision_operators()  # Lightning brings torchmetrics, which imports torchvision where it is installed.
import lightning.pytorch as pl  # noqa: E402
from lightning.pytorch.utilities.seed import isolate_rng  # noqa: E402

FINISHED = "weights.pt"
"""State dict of the network after a stage; the stage is done if it is there."""


def fit_network(
    method: Method,
    data: FaceFolder,
    training: NDArray[np.int64],
    held_out: NDArray[np.int64] | None,
    options: FitOptions,
    run: Path,
    resume: bool,
) -> Fitted:
    """See fit.fit, which checks what it is given."""
    check_devices(options, method.settings.batch)
    pictures = Pictures(data)
    stages = plans(method.settings, len(training))
    folders = [run.absolute() / f"stage_{plan.number}" for plan in stages]
    with _settled(options):
        module = method.build(method.settings, data.unit_names)
        open_run(run, method, data, training, held_out, options.seed, resume)
        for plan, folder in zip(stages, folders, strict=True):
            if not (folder / FINISHED).is_file():
                faces = _Faces(pictures, training, held_out, method.settings, plan, options)
                _train(_Learner(method, module, plan, faces.steps, options.seed), faces, folder, options)
            module.load_state_dict(torch.load(folder / FINISHED, map_location="cpu", weights_only=True))
        in_format(module.eval(), torch.contiguous_format)
    log = join_logs(run, [(folder, plan.face_px) for folder, plan in zip(folders, stages, strict=True)])
    with log.open(encoding="utf-8") as file:
        epochs = sum(1 for _ in file) - 1
    return Fitted(method, method.settings, module, log, epochs)


class _Learner(pl.LightningModule):
    """A network with its loss and its optimiser, for one stage."""

    def __init__(self, method: Method, module: nn.Module, plan: Plan, steps: int, seed: int) -> None:
        super().__init__()
        self.module = in_format(module, torch.channels_last)
        self._seed = seed
        self._method, self._settings, self._plan, self._steps = method, method.settings, plan, steps

    def training_step(self, batch: Batch, number: int) -> Tensor:  # noqa: ARG002
        loss, _ = self._loss(batch)
        self.log("loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(batch[0]), sync_dist=True)
        return loss

    def validation_step(self, batch: Batch, number: int) -> None:  # noqa: ARG002
        loss, logits = self._loss(batch)
        right = (logits.argmax(dim=1) == batch[1]).float().mean()
        told = {"held_out_loss": loss, "held_out_accuracy": right}
        self.log_dict(told, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(batch[0]), sync_dist=True)

    def on_train_epoch_start(self) -> None:
        # What a network draws for itself, as for dropout, also depends on seed, stage and epoch alone.
        torch.manual_seed(hash((self._seed, self._plan.number, self.current_epoch)) % 2**63)

    def on_train_epoch_end(self) -> None:
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        self.log("learning_rate", rate, sync_dist=True)

    def configure_optimizers(self) -> Any:
        kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
        rate, decay = self._plan.learning_rate, self._settings.weight_decay
        optimiser = kinds[self._settings.optimiser](self.module.parameters(), rate, weight_decay=decay)
        if self._settings.schedule == "constant":
            return optimiser
        steps = self._steps
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rate, total_steps=steps + 1, pct_start=rise(steps, 0.1)
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        faces, labels, units = batch
        outputs = self.module(normalise(faces).contiguous(memory_format=torch.channels_last))
        return self._method.loss(outputs, Targets(labels, units), self._settings), outputs["logits"]


class _Faces(pl.LightningDataModule):
    """The batches of one stage."""

    def __init__(
        self,
        pictures: Pictures,
        training: NDArray[np.int64],
        held_out: NDArray[np.int64] | None,
        settings: MethodSettings,
        plan: Plan,
        options: FitOptions,
    ) -> None:
        super().__init__()
        self.held_out = held_out
        self._seed = options.seed
        self._pictures, self._training = pictures, training
        self._batch, self._plan, self._workers = settings.batch, plan, options.workers
        augmentation = settings.augmentation
        wider = 1.0 if augmentation is None else augmentation.resize_px / settings.face_px
        self._live = Cut(plan.face_px, pictures.data.about.margin)
        self._cut = Cut(plan.face_px, pictures.data.about.margin, augmentation, wider)

    @property
    def steps(self) -> int:
        """Of the whole stage."""
        return -(-self._plan.faces // self._batch) * self._plan.epochs

    def setup(self, stage: str) -> None:  # noqa: ARG002
        self._pictures.keep(self._training)

    def train_dataloader(self) -> DataLoader[Batch]:
        trainer = self.trainer
        assert trainer is not None
        draw = (self._seed, self._plan.number, trainer.current_epoch)
        order = epoch_order(self._training, self._plan.faces, self._batch, draw)
        share = (trainer.global_rank, trainer.world_size)
        return self._loader(Batches(self._pictures, order, self._cut, self._batch, draw, share))

    def val_dataloader(self) -> DataLoader[Batch] | list[Any]:
        if self.held_out is None:
            return []
        assert self.trainer is not None
        share = (self.trainer.global_rank, self.trainer.world_size)
        return self._loader(Batches(self._pictures, self.held_out, self._live, max(self._batch, 16), None, share))

    def _loader(self, batches: Batches) -> DataLoader[Batch]:
        return DataLoader(batches, batch_size=None, num_workers=self._workers, pin_memory=torch.cuda.is_available())


def _train(learner: _Learner, faces: _Faces, folder: Path, options: FitOptions) -> None:
    """One stage, from its last checkpoint where there is one; writes FINISHED."""
    folder.mkdir(exist_ok=True)
    stops = faces.held_out is not None
    trainer = trainer_for(folder, learner._plan.epochs, stops, learner._settings.patience, options)
    last = folder / LAST
    trainer.fit(learner, datamodule=faces, ckpt_path=last if last.is_file() else None, weights_only=True)
    kept = torch.load(folder / (BEST if stops else LAST), map_location="cpu", weights_only=True)["state_dict"]
    if not all(value.isfinite().all() for value in kept.values()):
        mend = "Choose a lower learning rate (--settings), and another folder for the run (--run)."
        raise DataError("the training diverged: weights of the network are no numbers any more", str(folder), mend)
    part = folder / f"{FINISHED}.part"
    torch.save({name.removeprefix("module."): value for name, value in kept.items()}, part)
    part.rename(folder / FINISHED)
    for checkpoint in folder.glob("*.ckpt"):
        checkpoint.unlink()


@contextlib.contextmanager
def _settled(options: FitOptions) -> Iterator[None]:
    """Seeds, threads, determinism and Lightning's talk for one training; all as before afterwards."""
    talk = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels, threads = [each.level for each in talk], torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    for each in talk:
        each.setLevel(logging.WARNING)
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    try:
        with isolate_rng(), warnings.catch_warnings():
            # Readers of pictures are a choice of the caller's, who knows the machine.
            warnings.filterwarnings("ignore", ".*does not have many workers")
            # It holds the run's own log, and on resuming the checkpoint to go on from.
            warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")
            # Lightning's own use of PyTorch.
            warnings.filterwarnings("ignore", ".*isinstance.treespec, LeafSpec", FutureWarning)
            pl.seed_everything(options.seed, workers=True, verbose=False)
            yield
    finally:
        for each, level in zip(talk, levels, strict=True):
            each.setLevel(level)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
