"""Train with PyTorch on arrays that lie in memory, and tell how long it took."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from description import read_network
from protocol import Arrays, Floats, Report, Task, cores, load_arrays, read_task
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch_network import build

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Tensors:
    """The arrays as PyTorch has them: channels first, classes by number."""

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor


def main() -> None:
    """Run one task."""
    task = read_task()
    torch.set_num_threads(cores())
    torch.manual_seed(task.seed)
    layout = torch.channels_last if task.options["channels_last"] else torch.contiguous_format
    data = _tensors(load_arrays(task), layout)
    report = Report(task)
    model = build(read_network(task.network)).to(memory_format=layout)
    train, check = _steps(model, task.options)
    report.begin()
    for _ in range(task.epochs):
        model.train()
        _train_epoch(train, data, task.batch_size)
        model.eval()
        report.epoch(_check_epoch(check, data, task))
        if report.enough:
            break
    report.done({"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()})


def _tensors(arrays: Arrays, layout: torch.memory_format) -> Tensors:
    def images(array: Floats) -> Tensor:
        return torch.from_numpy(array).permute(0, 3, 1, 2).contiguous(memory_format=layout)

    def classes(array: Floats) -> Tensor:
        return torch.from_numpy(array.argmax(axis=1))

    return Tensors(images(arrays.x_train), classes(arrays.y_train), images(arrays.x_test), classes(arrays.y_test))


def _steps(model: nn.Module, options: dict[str, Any]) -> tuple[Step, Step]:
    """Return a step of training and one of validation; each gives its loss and how many were right."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=options["fused_adam"])
    forward = torch.compile(model, mode=options["compile_mode"], dynamic=False) if options["compile"] else model

    def train(images: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        optimizer.zero_grad(set_to_none=True)
        scores = forward(images)
        loss = cross_entropy(scores, classes)
        loss.backward()
        optimizer.step()
        return loss.detach(), _right(scores, classes)

    def check(images: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            scores = forward(images)
            return cross_entropy(scores, classes), _right(scores, classes)

    return train, check


def _train_epoch(train: Step, data: Tensors, batch_size: int) -> tuple[float, float]:
    """Train on all images in a new order; return loss and accuracy, as fit of Keras does."""
    order = torch.randperm(len(data.x_train))
    loss, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for chosen in order.split(batch_size):
        batch_loss, batch_right = train(data.x_train[chosen], data.y_train[chosen])
        loss += batch_loss * len(chosen)
        right += batch_right
    return loss.item() / len(order), right.item() / len(order)


def _check_epoch(check: Step, data: Tensors, task: Task) -> float:
    """Return the accuracy on the test images; their loss is computed as well."""
    size = task.options["validation_batch_size"] or task.batch_size
    loss, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for images, classes in zip(data.x_test.split(size), data.y_test.split(size), strict=True):
        batch_loss, batch_right = check(images, classes)
        loss += batch_loss * len(images)
        right += batch_right
    return right.item() / len(data.x_test)


def _right(scores: Tensor, classes: Tensor) -> Tensor:
    return (scores.detach().argmax(dim=1) == classes).sum()


if __name__ == "__main__":
    main()
