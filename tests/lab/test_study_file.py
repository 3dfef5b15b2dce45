"""A study file either becomes a plan or one message that names the place and the next step."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlab.arch.constraints import MaxNorm
from cnnlab.arch.layers import Dense
from cnnlab.arch.regularizers import L2
from cnnlab.errors import StudyFileError
from cnnlab.lab import load_plan, notebook_plan
from cnnlab.lab.plan import from_zoo
from cnnlab.lab.study_file import load_networks
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import (
    SGD,
    Adadelta,
    Adam,
    CallbackRecipe,
    CategoricalCrossentropy,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    Optimizer,
    PiecewiseConstantDecay,
    PolynomialDecay,
    Published,
    PublishedCurves,
    RMSprop,
    SparseCategoricalCrossentropy,
)
from cnnlab.training.callbacks import (
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
    callback_recipe,
)

TINY = """
name = "tiny"
[[architecture]]
name = "one"
input_shape = [8, 8, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 3, activation = "softmax" }]
"""
EXAMPLE = Path(__file__).parents[2] / "examples" / "study.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shortest_study_takes_every_default(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, TINY))
    assert (plan.name, plan.data, plan.data_path, plan.limit, plan.seeds) == ("tiny", "mnist", None, None, (0, 1, 2))
    recipe = plan.architectures[0].recipe
    assert (recipe.batch_size, recipe.epochs, recipe.optimizer, recipe.shuffle) == (32, 1, Adam(), True)
    assert recipe.loss == CategoricalCrossentropy()
    assert plan.architectures[0].network.total_params == 64 * 3 + 3


def test_the_example_shows_every_key_there_is() -> None:
    from cnnlab.lab.study_schema import ArchitectureSection, DataSection, RecipeSection, StudySection

    text = EXAMPLE.read_text(encoding="utf-8")
    keys = {
        key
        for section in (StudySection, DataSection, RecipeSection, ArchitectureSection)
        for key in section.model_fields
    }
    assert {key for key in keys - {"data_format"} if key not in text} == set()
    plan = load_plan(EXAMPLE)
    assert [one.name for one in plan.architectures] == ["the notebook's second", "pooling", "strides"]
    assert plan.architectures[0].recipe.batch_size == 200
    assert plan.architectures[1].recipe.optimizer == Adam(0.002)
    assert plan.architectures[1].recipe.loss == SparseCategoricalCrossentropy()
    assert plan.architectures[1].published == Published(0.5, 0.85, decimals=2)


def test_a_recipe_of_the_zoo_gives_way_to_the_files_and_that_to_the_architectures(tmp_path: Path) -> None:
    text = 'name = "x"\n[recipe]\nepochs = 3\n[[architecture]]\nzoo = "architecture-1"\nbatch_size = 7\n'
    recipe = load_plan(write(tmp_path, text)).architectures[0].recipe
    assert (recipe.batch_size, recipe.epochs) == (7, 3)


def test_seeds_may_be_counted_or_named(tmp_path: Path) -> None:
    assert load_plan(write(tmp_path, "seeds = 3\n" + TINY)).seeds == (0, 1, 2)
    assert load_plan(write(tmp_path, "seeds = [7, 8]\n" + TINY)).seeds == (7, 8)


def test_a_data_path_is_seen_from_the_files_folder(tmp_path: Path) -> None:
    assert load_plan(write(tmp_path, TINY + '[data]\npath = "d/x.npz"\n')).data_path == tmp_path / "d/x.npz"


def test_networks_can_be_had_alone(tmp_path: Path) -> None:
    assert load_networks(write(tmp_path, TINY))["one"].output_shape == (3,)


ONE = '[[architecture]]\nname = "one"\ninput_shape = [8, 8, 1]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = x", r"study\.toml: expected TOML, got Invalid value \(at line 1, column 8\)"),
        (
            TINY.replace("name = ", "nmae = ", 1),
            r"study\.toml: expected a key it knows, got 'nmae'. Did you mean 'name'",
        ),
        ("epocs = 3\n" + TINY, r"study\.toml: expected a key it knows, got 'epocs'"),
        (TINY + "epocs = 3\n", r"architecture 'one': expected a key it knows, got 'epocs'. Did you mean 'epochs'"),
        (TINY + "[data]\nlimt = 3\n", r"data: expected a key it knows, got 'limt'. Did you mean 'limit'"),
        (TINY + "[recipe]\nbatchsize = 3\n", r"recipe: expected a key it knows, got 'batchsize'.*'batch_size'"),
        (TINY + "epochs = 0\n", r"architecture 'one', epochs: expected greater than or equal to 1, got 0"),
        (TINY + "epochs = '2'\n", r"architecture 'one', epochs: expected a valid integer, got '2'"),
        (TINY + "epochs = true\n", r"architecture 'one', epochs: expected a valid integer, got True"),
        ("seeds = 0\n" + TINY, r"seeds: expected a number of seeds or a list of them, got 0. seeds = 3 is"),
        ("seeds = [-1]\n" + TINY, r"seeds: expected a whole number from 0 to 4294967295, got -1"),
        ("seeds = ['a']\n" + TINY, r"seeds: expected a whole number from 0 to 4294967295, got 'a'"),
        ("seeds = []\n" + TINY, r"seeds: expected at least one seed, got none"),
        ("seeds = [1, 1]\n" + TINY, r"seeds: expected each seed once, got 1, 1"),
        ('name = "x"\n', r"expected a key 'architecture', got none.*examples/study\.toml"),
        ('name = "x"\narchitecture = []\n', r"architecture: expected.*at least 1"),
        ('name = "x"\n[[architecture]]\nname = "a"\n', r"architecture 'a': expected either zoo or layers, got neither"),
        ('name = "x"\n[[architecture]]\nzoo = "lenet-5"\nlayers = []\n', r"expected either zoo or layers, got both"),
        ('name = "x"\n[[architecture]]\nzoo = "lenet5x"\n', r"architecture 'lenet5x': .*'lenet-5'"),
        ('name = "x"\n[[architecture]]\nlayers = []\n', r"architecture 1: expected a name, got none"),
        (TINY + TINY.split("\n", 2)[2], r"expected a name of its own for each architecture, got 'one' twice"),
        (
            'name = "x"\n' + ONE + "layers = [{}]\n",
            r"layer 1: expected layer = the name of a layer, got no key 'layer'",
        ),
        (
            'name = "x"\n' + ONE + 'layers = [{ layer = "Conv" }]\n',
            r"architecture 'one': layer 1: .*'Conv'. Did you mean",
        ),
        (
            'name = "x"\n' + ONE + 'layers = [{ layer = "Conv2D", filters = 3, kernel_siz = 3 }]\n',
            r"'one': layer 1: Conv2D: expected an argument it has, got kernel_siz=. Did you mean 'kernel_size'",
        ),
        (
            'name = "x"\n' + ONE + 'layers = [{ layer = "Conv2D", filters = 3, kernel_size = 9 }]\n',
            r"architecture 'one': one, layer 1 'conv2d' \(Conv2D\): expected an input of height at least 9",
        ),
        (
            'name = "x"\n[[architecture]]\nname = "one"\nlayers = [{ layer = "Flatten" }]\n',
            r"architecture 'one': one: expected the shape of one image, got none",
        ),
        (TINY + 'optimizer = "lion"\n', r"architecture 'one': expected optimizer to be one of adam"),
        (TINY + "optimizer = { learning_rate = 1 }\n", r"expected optimizer with a name.*optimizer = \{ name = "),
        (TINY + 'optimizer = { name = "adam", lr = 1 }\n', r"optimizer Adam: expected an argument it has, got lr"),
        (
            TINY + 'optimizer = { name = "adam", learning_rate = { name = "CosinDecay", decay_steps = 5 } }\n',
            r"'one': optimizer adam, learning_rate: expected the name of a schedule.*'CosinDecay'. Did you mean 'Cos",
        ),
        (
            TINY + 'optimizer = { name = "adam", learning_rate = { decay_steps = 5 } }\n',
            r"'one': optimizer adam, learning_rate: expected learning_rate with a name.*learning_rate = \{ name = ",
        ),
        (
            TINY + 'optimizer = { name = "sgd", learning_rate = { name = "CosineDecay", decay_step = 5 } }\n',
            r"schedule CosineDecay: expected an argument it has, got decay_step. Did you mean 'decay_steps'",
        ),
        (
            TINY + 'optimizer = { name = "sgd", learning_rate = { name = "CosineDecay", decay_steps = 5 } }\n',
            r"schedule CosineDecay: expected an argument initial_learning_rate, got decay_steps. It takes initial_lear",
        ),
        (
            TINY + 'optimizer = { name = "sgd", learning_rate = { name = "OneCycle", max_learning_rate = 1, '
            "total_steps = 0 } }\n",
            r"schedule OneCycle, total_steps: expected a number of at least 1, got 0",
        ),
        (TINY + 'loss = "mae"\n', r"expected loss to be one of categorical_crossentropy"),
        (TINY + 'data_format = "nchw"\n', r"data_format: expected 'channels_last' or 'channels_first', got 'nchw'"),
        (
            TINY + "published = { test_loss = 1, test_accuracy = 98 }\n",
            r"test_accuracy: expected less than or equal to 1",
        ),
        (TINY + "published = { test_loss = nan, test_accuracy = 0.9 }\n", r"test_loss: expected a finite number"),
        (TINY + "published = { test_accuracy = 0.9 }\n", r"'one', published: expected a key 'test_loss', got none"),
        (
            TINY + "published = { test_loss = 1, test_accuracy = 0.9, decimal = 4 }\n",
            r"'one', published: expected a key it knows, got 'decimal'. Did you mean 'decimals'",
        ),
        (
            TINY + "published = { test_loss = 1, test_accuracy = 0.9, decimals = 99 }\n",
            r"decimals: expected less than or equal to 15, got 99",
        ),
        (
            TINY + "[architecture.published]\ntest_loss = 1\ntest_accuracy = 0.9\n[architecture.published.curves]\n"
            "val_los = [0.5]\n",
            r"'one', published, curves: expected a key it knows, got 'val_los'. Did you mean 'val_loss'",
        ),
        (
            TINY + "[architecture.published]\ntest_loss = 1\ntest_accuracy = 0.9\n[architecture.published.curves]\n"
            "val_accuracy = [0.5, 97.0]\n",
            r"'one', published, curves, val_accuracy 2: expected less than or equal to 1, got 97.0",
        ),
        (
            TINY + "[architecture.published]\ntest_loss = 1\ntest_accuracy = 0.9\n[architecture.published.curves]\n"
            "loss = [0.5, 0.4]\nval_loss = [0.5]\n",
            r"'one': published epochs: expected lists with one value for each epoch, got loss of 2, val_loss of 1",
        ),
        (TINY.replace('"one"', '"  "'), r"name: expected a name of visible characters, got '  '"),
        (TINY.replace('"one"', '"a\\u001b[31m"'), r"name: expected a name of visible characters"),
        ("seeds = 100000000000\n" + TINY, r"seeds: expected a number of seeds or a list of them"),
        (TINY + "shuffle = 3\n", r"architecture 'one', shuffle: expected a valid boolean"),
        (TINY + "class_weight = 3\n", r"architecture 'one': class_weight: expected a table of weights, got 3. Write"),
        (TINY + "class_weight = 'even'\n", r"'one': class_weight: expected a table of weights, got 'even'"),
        (
            TINY + "class_weight = { cat = -1 }\n",
            r"'one': class_weight, class 'cat': expected a number that is not negative, got -1",
        ),
        (TINY + "class_weight = { cat = nan }\n", r"class_weight, class 'cat': expected a number .*, got nan"),
        (TINY + "class_weight = { cat = true }\n", r"class_weight, class 'cat': expected a number .*, got True"),
        (TINY + "callbacks = 3\n", r"architecture 'one', callbacks: expected a valid list, got 3"),
        (
            TINY + "callbacks = [3]\n",
            r"callbacks 1: expected a callback with a name, got 3. Write callbacks = \[\{ name",
        ),
        (TINY + "callbacks = ['CSVLogger', {}]\n", r"'one': CSVLogger: expected filename=, got none"),
        (TINY + "callbacks = [{ patience = 3 }]\n", r"callbacks 1: expected a callback with a name, got \{'patience"),
        (TINY + "callbacks = ['EarlyStoping']\n", r"'one': callbacks: .*'EarlyStoping'. Did you mean 'EarlyStopping'"),
        (
            TINY + '[[architecture.callbacks]]\nname = "EarlyStopping"\npatiance = 3\n',
            r"architecture 'one': EarlyStopping: expected an argument it has, got patiance=. Did you mean 'patience'",
        ),
        (
            'name = "x"\n[recipe]\ncallbacks = [{ name = "EarlyStopping", patience = -1 }]\n' + ONE + "layers = []\n",
            r"EarlyStopping, patience: expected a whole number that is not negative, got -1",
        ),
    ],
)
def test_a_fault_in_a_study_file_is_named_with_its_place_and_the_nearest_right_word(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(StudyFileError, match=message) as caught:
        load_plan(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named_with_its_nearest_neighbour(tmp_path: Path) -> None:
    write(tmp_path, TINY)
    with pytest.raises(
        StudyFileError, match=r"studdy\.toml: expected a study file, got no such file. Did you mean 'study"
    ):
        load_plan(tmp_path / "studdy.toml")


def test_a_folder_or_other_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match="expected a study file that can be read, got Is a directory"):
        load_plan(tmp_path)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StudyFileError, match="expected a text file in UTF-8"):
        load_plan(tmp_path / "b.toml")


@pytest.mark.parametrize("path", [None, EXAMPLE, EXAMPLE.parents[1] / "benchmarks" / "layers.toml"])
def test_a_resolved_study_is_the_same_study(tmp_path: Path, path: Path | None) -> None:
    plan = load_plan(path) if path else notebook_plan()
    assert load_plan(write(tmp_path, plan_as_toml(plan))) == plan


def test_regularizers_and_constraints_stand_in_a_layer_and_survive_the_resolved_file(tmp_path: Path) -> None:
    rules = 'kernel_regularizer = "l2", kernel_constraint = { class_name = "MaxNorm", config = { axis = [0, 1] } }, '
    plan = load_plan(write(tmp_path, TINY.replace("units = 3,", f"units = 3, {rules}")))
    layer = plan.architectures[0].network.nodes[-1].layer
    assert layer == Dense(3, "softmax", kernel_regularizer=L2(0.01), kernel_constraint=MaxNorm(2, [0, 1]))
    resolved = plan_as_toml(plan)
    assert load_plan(write(tmp_path, resolved)) == plan
    assert "_constraint" not in plan_as_toml(load_plan(write(tmp_path, TINY)))
    text = TINY.replace("units = 3,", 'units = 3, kernel_regularizer = "l4",')
    with pytest.raises(StudyFileError, match=r"layer 2: Dense: kernel_regularizer: .* got 'l4'\. Known: l1"):
        load_plan(write(tmp_path, text))


def test_a_schedule_stands_in_a_table_of_its_own(tmp_path: Path) -> None:
    rate = '{ name = "cosine_decay", initial_learning_rate = 0.001, decay_steps = 5000 }'
    text = TINY + f'optimizer = {{ name = "adam", learning_rate = {rate} }}\n'
    plan = load_plan(write(tmp_path, text))
    assert plan.architectures[0].recipe.optimizer == Adam(CosineDecay(0.001, 5000))
    assert 'name = "CosineDecay"' in plan_as_toml(plan)
    assert "warmup" not in plan_as_toml(plan).replace("warmup_steps = 0", "")


RATES = st.floats(0, 10)
STEPS = st.integers(1, 10**6) | st.floats(1, 1e6)
SCHEDULES = st.one_of(
    st.builds(CosineDecay, RATES, STEPS, RATES, RATES, STEPS),
    st.builds(CosineDecay, RATES, STEPS),
    st.builds(CosineDecayRestarts, RATES, STEPS, st.floats(1, 3), RATES, RATES),
    st.builds(ExponentialDecay, RATES, STEPS, RATES, st.booleans()),
    st.builds(InverseTimeDecay, RATES, STEPS, RATES, st.booleans()),
    st.builds(PolynomialDecay, RATES, STEPS, RATES, RATES, st.booleans()),
    st.builds(OneCycle, RATES, STEPS, st.floats(0, 1), st.floats(1, 100), st.floats(1, 100)),
    st.lists(RATES, min_size=2, max_size=5).map(lambda v: PiecewiseConstantDecay(range(len(v) - 1), v)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(kind=st.sampled_from([SGD, Adam, RMSprop, Adadelta]), schedule=SCHEDULES)
def test_any_schedule_survives_its_resolved_file(
    tmp_path: Path, kind: type[Optimizer], schedule: LearningRateSchedule
) -> None:
    base = from_zoo("architecture-3")
    changed = replace(base, recipe=replace(base.recipe, optimizer=kind(schedule)))
    plan = replace(notebook_plan(), architectures=(changed,))
    read = load_plan(write(tmp_path, plan_as_toml(plan)))
    assert read == plan
    assert repr(read.architectures[0].recipe) == repr(changed.recipe)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    zoo=st.sampled_from(["architecture-1", "architecture-2-as-intended", "architecture-3", "lenet-5", "mnist-convnet"]),
    optimizer=st.sampled_from([SGD(0.1, momentum=0.5, nesterov=True), RMSprop(clipnorm=1.0), Adam(1e-4, amsgrad=True)]),
    loss=st.sampled_from(
        [CategoricalCrossentropy(label_smoothing=0.1), SparseCategoricalCrossentropy(from_logits=True)]
    ),
    shuffle=st.booleans(),
    limit=st.none() | st.integers(1, 100),
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4, unique=True),
)
def test_any_plan_survives_its_resolved_file(tmp_path: Path, zoo, optimizer, loss, shuffle, limit, seeds) -> None:  # noqa: ANN001
    base = from_zoo(zoo)
    changed = replace(base, recipe=replace(base.recipe, optimizer=optimizer, loss=loss, shuffle=shuffle))
    plan = replace(notebook_plan(), architectures=(changed,), limit=limit, seeds=tuple(seeds))
    assert load_plan(write(tmp_path, plan_as_toml(plan))) == plan


@pytest.mark.parametrize(
    "published",
    [
        None,
        Published(0.1, 1.0),
        Published(0.1, 0.25, decimals=0, epochs=3, seconds_per_epoch=1.5, source="a paper, table 2"),
        Published(0.1, 0.9, curves=PublishedCurves(val_loss=(0.3, 0.1), accuracy=(0.5, 1.0), decimals=3)),
    ],
)
def test_what_was_published_survives_the_resolved_file(tmp_path: Path, published: Published | None) -> None:
    changed = replace(from_zoo("lenet-5"), published=published)
    plan = replace(notebook_plan(), architectures=(changed,))
    assert load_plan(write(tmp_path, plan_as_toml(plan))) == plan


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    callbacks=st.lists(
        st.sampled_from(
            [
                EarlyStopping("accuracy", 0.1 + 0.2, 3, restore_best_weights=True, baseline=0.5),
                ReduceLROnPlateau(factor=1 / 3),
                CSVLogger("{architecture}.csv", separator="\t"),
                ModelCheckpoint("{epoch:02d}.npz", save_freq=10),
                TerminateOnNaN(),
            ]
        ).map(callback_recipe)
    )
)
def test_any_callbacks_survive_the_resolved_file(tmp_path: Path, callbacks: list[CallbackRecipe]) -> None:
    base = from_zoo("lenet-5")
    changed = replace(base, recipe=replace(base.recipe, callbacks=tuple(callbacks)))
    plan = replace(notebook_plan(), architectures=(changed,))
    assert load_plan(write(tmp_path, plan_as_toml(plan))) == plan


def test_callbacks_of_the_recipe_are_for_all_but_those_that_name_their_own(tmp_path: Path) -> None:
    text = 'name = "x"\n[recipe]\n[[recipe.callbacks]]\nname = "early_stopping"\npatience = 3\nverbose = 0\n'
    for name, own in (("a", ""), ("b", "callbacks = []\n"), ("c", 'callbacks = ["TerminateOnNaN"]\n')):
        text += f'[[architecture]]\nzoo = "lenet-5"\nname = "{name}"\n{own}'
    callbacks = [one.recipe.callbacks for one in load_plan(write(tmp_path, text)).architectures]
    assert callbacks == [
        (CallbackRecipe("EarlyStopping", (("patience", 3),)),),
        (),
        (CallbackRecipe("TerminateOnNaN"),),
    ]


def test_a_callback_of_the_users_is_named_in_the_resolved_study_and_not_read_from_it(tmp_path: Path) -> None:
    plan = notebook_plan()
    own = callback_recipe(LambdaCallback(on_epoch_end=print))
    changed = replace(plan.architectures[0], recipe=replace(plan.architectures[0].recipe, callbacks=(own,)))
    text = plan_as_toml(replace(plan, architectures=(changed,)))
    assert "lambda_callback:LambdaCallback" in text
    with pytest.raises(
        StudyFileError, match=r"expected a callback of cnnlab's, got .*LambdaCallback'. Give it to a St"
    ):
        load_plan(write(tmp_path, text))


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + TINY.encode())
    assert load_plan(tmp_path / "bom.toml").name == "tiny"
