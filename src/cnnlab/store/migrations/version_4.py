"""Version 4: what happened, as rows: whoever watches a study asks for those after the last one seen.

Triggers write them, so that nobody who adds an epoch can forget to. SQLite lets one writer in at a time: numbers are
handed out in the order of the commits, and whoever has seen one will never see a lower one come after it. AUTOINCREMENT
keeps the numbers of removed rows from being given again. An event holds its values itself: the epoch that it tells of
may be cut and made again before somebody reads it.

The epochs of a store that was there before become events too, so that a watcher who begins at 0 sees everything.
"""

from cnnlab.store.migrations.version_1 import _NUMBER

_EVENT = f"""
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    study INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('epoch', 'cut', 'run')),
    epoch INTEGER CHECK (epoch >= 0),
    loss REAL {_NUMBER.format("loss")},
    accuracy REAL {_NUMBER.format("accuracy")},
    val_loss REAL {_NUMBER.format("val_loss")},
    val_accuracy REAL {_NUMBER.format("val_accuracy")},
    seconds REAL,
    learning_rate REAL {_NUMBER.format("learning_rate")},
    status TEXT,
    test_loss REAL {_NUMBER.format("test_loss")},
    test_accuracy REAL,
    CHECK ((kind = 'run') = (status IS NOT NULL)),
    CHECK ((kind = 'run') = (epoch IS NULL)),
    CHECK ((kind = 'epoch') = (loss IS NOT NULL AND accuracy IS NOT NULL AND seconds IS NOT NULL))
)"""

_NUMBERS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate")
_COLUMNS = ", ".join(_NUMBERS)
_NEW = ", ".join(f"NEW.{name}" for name in _NUMBERS)
_STUDY = "(SELECT study FROM run WHERE number = {0}.run)"

_EPOCH_MADE = f"""
CREATE TRIGGER epoch_{{what}} AFTER {{event}} ON epoch
BEGIN
    INSERT INTO event (study, run, kind, {_COLUMNS}) VALUES ({_STUDY.format("NEW")}, NEW.run, 'epoch', {_NEW});
END"""  # noqa: S608 - own text

# One for many: rows go in the order of their epochs, so the first one that goes says it for all behind it. Where the
# run itself goes, so do its events.
_EPOCH_CUT = f"""
CREATE TRIGGER epoch_cut AFTER DELETE ON epoch
WHEN EXISTS (SELECT 1 FROM run WHERE number = OLD.run) AND NOT coalesce((
    SELECT kind = 'cut' AND epoch < OLD.epoch FROM event WHERE run = OLD.run ORDER BY id DESC LIMIT 1
), 0)
BEGIN
    INSERT INTO event (study, run, kind, epoch) VALUES ({_STUDY.format("OLD")}, OLD.run, 'cut', OLD.epoch - 1);
END"""  # noqa: S608 - own text

_RUN_TOLD = """
    INSERT INTO event (study, run, kind, status, test_loss, test_accuracy)
        VALUES (NEW.study, NEW.number, 'run', NEW.status, NEW.test_loss, NEW.test_accuracy);
END"""
_RUN_PLANNED = f"""
CREATE TRIGGER run_planned AFTER INSERT ON run
BEGIN{_RUN_TOLD}"""
# A run of a killed process reads as interrupted: its next owner is news although its row says "running" all along.
_RUN_CHANGED = f"""
CREATE TRIGGER run_changed AFTER UPDATE OF status, owner ON run
WHEN OLD.status <> NEW.status OR OLD.owner IS NOT NEW.owner
BEGIN{_RUN_TOLD}"""

_OLD_EPOCHS = f"""
INSERT INTO event (study, run, kind, {_COLUMNS})
    SELECT run.study, epoch.run, 'epoch', {", ".join(f"epoch.{name}" for name in _NUMBERS)}
    FROM epoch JOIN run ON run.number = epoch.run ORDER BY epoch.run, epoch.epoch"""  # noqa: S608 - own text
_OLD_RUNS = """
INSERT INTO event (study, run, kind, status, test_loss, test_accuracy)
    SELECT study, number, 'run', status, test_loss, test_accuracy FROM run ORDER BY number"""

STATEMENTS = (
    _EVENT,
    # Both end in the event's number, which every index holds.
    "CREATE INDEX event_by_study ON event (study)",
    "CREATE INDEX event_by_run ON event (run)",
    _OLD_EPOCHS,
    _OLD_RUNS,
    _EPOCH_MADE.format(what="added", event="INSERT"),
    _EPOCH_MADE.format(what="replaced", event="UPDATE"),
    _EPOCH_CUT,
    _RUN_PLANNED,
    _RUN_CHANGED,
)
