"""The loop that hands tasks to workers, with workers that do as they are told."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Client
from queue import SimpleQueue
from threading import Lock

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.errors import CnnlabError, UsageError
from cnnlab.experiments import Architecture, Task, order, trials
from cnnlab.experiments.channel import Ear
from cnnlab.experiments.crew import Crew
from cnnlab.experiments.order import Ended, Failed, Order, Word, work
from cnnlab.experiments.shipment import Arrivals, shipment
from cnnlab.records import CheckpointMade, Event, Notice, Recipe
from cnnlab.training.callbacks import LambdaCallback, callback_recipe

NET = Architecture("net", chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, "softmax")]), Recipe(batch_size=320))
Act = Callable[["Hands", Order], None]


class Hands:
    """Does with each order what a test wants."""

    def __init__(self, act: Act, workers: int = 1) -> None:
        self.heard: SimpleQueue[Word | BaseException] = SimpleQueue()
        self.workers, self.act = workers, act
        self.orders: list[Order] = []
        self.closed = self.stopped = False

    def give(self, order: Order) -> None:
        self.orders.append(order)
        self.act(self, order)

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed = True

    def say(self, order: Order, what: Event | Ended | Failed) -> None:
        self.heard.put(Word(order.key, order.attempt, what))


def tasks(count: int) -> Iterator[Task]:
    return (Task(trial, "numpy") for trial in trials([NET], range(count)))


def crew(hands: Hands) -> Crew:
    return Crew(lambda: hands, hands.workers, "by hand")


def ends(hands: Hands, order: Order) -> None:
    hands.say(order, Ended(None, None))


def dies(hands: Hands, order: Order) -> None:
    hands.say(order, Failed(RuntimeError("gone"), "SIGKILL"))


def test_no_more_tasks_are_asked_for_than_there_are_workers_free() -> None:
    asked: list[int] = []
    hands = Hands(ends, workers=2)
    walk = crew(hands).run((asked.append(1) or task for task in tasks(9)), lambda _: None, lambda: False)
    next(walk)
    assert len(asked) == 2
    assert len([*walk]) == 8
    assert hands.closed


def test_nobody_is_hired_where_there_is_nothing_to_do() -> None:
    def hire() -> Hands:
        raise AssertionError

    assert list(Crew(hire, 1, "").run(tasks(0), lambda _: None, lambda: False)) == []


def test_workers_are_let_go_when_the_walk_is_given_up() -> None:
    hands = Hands(ends)
    walk = crew(hands).run(tasks(3), lambda _: None, lambda: False)
    next(walk)
    walk.close()
    assert hands.closed


def test_a_task_goes_on_from_the_last_checkpoint_that_was_told_and_not_from_the_best() -> None:
    def act(hands: Hands, order: Order) -> None:
        if order.attempt == 1:
            for best, content in ((False, b"older"), (False, b"last"), (True, b"best")):
                hands.say(order, CheckpointMade(order.key, 1, 1, best, content))
            return dies(hands, order)
        # The first worker was not dead after all; nobody listens to it any more.
        hands.say(replace(order, attempt=1), Notice("I live"))
        hands.say(replace(order, attempt=1), Ended(None, pickle.dumps(ValueError("of the first"))))
        return ends(hands, order)

    hands, told = Hands(act), []
    (done,) = crew(hands).run(tasks(1), told.append, lambda: False)
    assert pickle.loads(hands.orders[1].content).resume == b"last"
    assert done.error is None
    notes = [event.text for event in told if isinstance(event, Notice)]
    assert notes == ["the worker of net, seed 0 died (SIGKILL); another one goes on from its last checkpoint."]


def test_a_task_whose_worker_dies_twice_ends_with_one_message() -> None:
    (done,) = crew(Hands(dies)).run(tasks(1), lambda _: None, lambda: False)
    assert done.result is None
    with pytest.raises(CnnlabError, match=r"net, seed 0: expected a worker that lives, got 2 that died \(SIGKILL\)"):
        raise done.error


def test_a_worker_that_dies_when_all_shall_stop_is_no_error_and_is_not_replaced() -> None:
    hands = Hands(lambda hands, order: None, workers=2)
    asked = iter([False, True])
    walk = crew(hands).run(tasks(5), lambda _: None, lambda: next(asked, True))
    hands.heard.put(Word(next(tasks(1)).trial.key, 1, Notice("it trains")))

    def stop() -> None:
        hands.stopped = True
        for one in hands.orders:
            dies(hands, one)

    hands.stop = stop
    assert [(done.result, done.error) for done in walk] == [(None, None), (None, None)]
    assert hands.stopped
    assert len(hands.orders) == 2


def test_an_error_of_the_engine_becomes_a_message_and_a_lost_engine_ends_the_walk() -> None:
    def fails(hands: Hands, order: Order) -> None:
        hands.say(order, Failed(ModuleNotFoundError("No module named 'cnnlab'\nmore")))

    (done,) = crew(Hands(fails)).run(tasks(1), lambda _: None, lambda: False)
    with pytest.raises(CnnlabError, match=r"can train, got ModuleNotFoundError: No module named 'cnnlab'. Install the"):
        raise done.error
    lost = CnnlabError("the cluster is gone")
    hands = Hands(lambda hands, order: hands.heard.put(lost))
    with pytest.raises(CnnlabError, match="the cluster is gone"):
        list(crew(hands).run(tasks(1), lambda _: None, lambda: False))
    assert hands.closed


def said_of(an_order: Order) -> list[Word]:
    said: list[Word] = []
    shipped = shipment(data.load("made-up"))
    work(an_order, shipped, Arrivals(), lambda word: said.append(pickle.loads(word)), lambda: False)
    return said


def test_a_worker_with_other_versions_refuses_to_train() -> None:
    other = replace(order.order(next(tasks(1)), 1), versions=(("Python", "3.9"), *order.versions()[1:]))
    with pytest.raises(UsageError, match=r"expected a worker with Python 3\.9, got Python 3\.\d+\. Install the same"):
        said_of(other)


def test_a_worker_without_a_callbacks_module_says_so() -> None:
    other = replace(order.order(next(tasks(1)), 1), content=b"cnowhere_at_all\nThing\n.")
    with pytest.raises(UsageError, match=r"callbacks that a worker can import, got ModuleNotFoundError: .*nowhere_at"):
        said_of(other)


def test_a_callback_that_cannot_be_pickled_is_refused_where_the_study_is_begun() -> None:
    lock = Lock()
    own = callback_recipe(LambdaCallback(on_epoch_end=lambda epoch, logs: lock.locked()))
    locked = replace(NET, recipe=replace(NET.recipe, callbacks=(own,)))
    with pytest.raises(UsageError, match=r"net: expected callbacks that can be pickled, got TypeError: .*lock"):
        order.order(Task(trials([locked], [0])[0], "numpy"), 1)


class TwoWordsError(Exception):
    """Pickles, and cannot be read back."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


def test_an_error_that_cannot_travel_is_told_in_words() -> None:
    def fails(epoch: int, logs: object) -> None:
        raise TwoWordsError("too", "much")

    own = callback_recipe(LambdaCallback(on_epoch_end=fails))
    failing = Task(trials([replace(NET, recipe=replace(NET.recipe, callbacks=(own,)))], [0])[0], "numpy")
    last = said_of(order.order(failing, 1))[-1].what
    assert isinstance(last, Ended)
    done = order.done(failing, last)
    assert str(done.error) == "TwoWordsError: too much"
    assert done.result is not None
    assert done.result.recipe is failing.trial.architecture.recipe


def test_a_process_that_comes_late_hears_the_wish_to_stop() -> None:
    ear = Ear(1)
    ear.stop_all()
    with Client(ear.address, authkey=ear.key) as mouth:
        assert mouth.poll(10)
        assert mouth.recv_bytes() == b"stop"
    ear.close()
