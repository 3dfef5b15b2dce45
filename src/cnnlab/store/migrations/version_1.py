"""Version 1: the tables, and what they refuse.

A loss that is not a number stands as the text 'nan': SQLite would make NULL of it, and NULL means that there is none.
"""

_NUMBER = "CHECK ({0} IS NULL OR typeof({0}) IN ('real', 'integer') OR {0} = 'nan')"

_DOCUMENT = """
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    text TEXT NOT NULL CHECK (json_valid(text))
)"""

# Many runs share one; what one of them was trained by must not change beneath the others.
_DOCUMENT_STAYS = """
CREATE TRIGGER document_stays BEFORE UPDATE ON document
BEGIN
    SELECT RAISE(ABORT, 'a document is shared by many runs and never changes');
END"""

_STUDY = """
CREATE TABLE study (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) = 64),
    folder TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    created TEXT NOT NULL
)"""

_RUN = f"""
CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 8),
    study INTEGER NOT NULL REFERENCES study (id),
    architecture TEXT NOT NULL,
    seed INTEGER NOT NULL CHECK (seed BETWEEN 0 AND 4294967295),
    status TEXT NOT NULL CHECK (status IN ('planned', 'running', 'interrupted', 'failed', 'finished')),
    owner TEXT,
    folder TEXT NOT NULL UNIQUE,
    network INTEGER NOT NULL REFERENCES document (id),
    recipe INTEGER NOT NULL REFERENCES document (id),
    data_name TEXT NOT NULL,
    data_sums INTEGER NOT NULL REFERENCES document (id),
    train_images INTEGER NOT NULL CHECK (train_images > 0),
    test_images INTEGER NOT NULL CHECK (test_images >= 0),
    provenance INTEGER NOT NULL REFERENCES document (id),
    began TEXT,
    ended TEXT,
    seconds REAL CHECK (seconds >= 0),
    epochs_planned INTEGER NOT NULL CHECK (epochs_planned > 0),
    epochs INTEGER NOT NULL DEFAULT 0 CHECK (epochs >= 0),
    last_val_loss REAL {_NUMBER.format("last_val_loss")},
    last_val_accuracy REAL CHECK (last_val_accuracy BETWEEN 0 AND 1),
    best_epoch INTEGER,
    best_val_loss REAL {_NUMBER.format("best_val_loss")},
    best_val_accuracy REAL CHECK (best_val_accuracy BETWEEN 0 AND 1),
    test_loss REAL {_NUMBER.format("test_loss")},
    test_accuracy REAL CHECK (test_accuracy BETWEEN 0 AND 1),
    no_test INTEGER NOT NULL DEFAULT 0 CHECK (no_test IN (0, 1)),
    total_params INTEGER NOT NULL CHECK (total_params >= 0),
    trainable_params INTEGER NOT NULL CHECK (trainable_params >= 0),
    weights_sha256 TEXT CHECK (length(weights_sha256) = 64),
    reason TEXT,
    error TEXT,
    resumes_exactly INTEGER NOT NULL DEFAULT 1 CHECK (resumes_exactly IN (0, 1)),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    UNIQUE (study, architecture, seed),
    CHECK ((status = 'running') = (owner IS NOT NULL)),
    CHECK (status = 'planned' OR began IS NOT NULL),
    CHECK (weights_sha256 IS NULL OR status = 'finished'),
    CHECK (NOT (no_test AND (test_loss IS NOT NULL OR test_accuracy IS NOT NULL)))
)"""

_EVIDENCE = ("cnnlab_version", "python", "numpy", "platform", "cpu", "threads", "backend", "same_bits", "data_name")
_EVIDENCE_IS_THERE = " AND ".join(
    f"json_type(text, '$.{name}') IS NOT NULL AND json_type(text, '$.{name}') <> 'null'"
    for name in (*_EVIDENCE, "data_source", "data_sums", "started")
)

# A result is there with all that it rests on, or it is not there; also for whoever writes SQL by hand.
_FINISHED = """
CREATE TRIGGER finished_{what} BEFORE {event} ON run WHEN NEW.status = 'finished'
BEGIN
    SELECT RAISE(ABORT, 'a finished run needs the sum of its weights') WHERE NEW.weights_sha256 IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its test loss and accuracy, or no_test')
        WHERE NOT NEW.no_test AND (NEW.test_loss IS NULL OR NEW.test_accuracy IS NULL);
    SELECT RAISE(ABORT, 'a finished run needs its time and the moment it ended')
        WHERE NEW.seconds IS NULL OR NEW.ended IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its whole provenance')
        WHERE NOT EXISTS (SELECT 1 FROM document WHERE id = NEW.provenance AND {evidence});
END"""

_EPOCH = f"""
CREATE TABLE epoch (
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    loss REAL NOT NULL {_NUMBER.format("loss")},
    accuracy REAL NOT NULL {_NUMBER.format("accuracy")},
    val_loss REAL {_NUMBER.format("val_loss")},
    val_accuracy REAL {_NUMBER.format("val_accuracy")},
    seconds REAL NOT NULL CHECK (seconds >= 0),
    learning_rate REAL {_NUMBER.format("learning_rate")},
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID"""

_PREDICTION = """
CREATE TABLE prediction (
    run INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    classes BLOB NOT NULL,
    probability BLOB NOT NULL,
    PRIMARY KEY (run, epoch),
    FOREIGN KEY (run, epoch) REFERENCES epoch (run, epoch) ON DELETE CASCADE
)"""

_CHECKPOINT = """
CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    best INTEGER NOT NULL CHECK (best IN (0, 1)),
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    made TEXT NOT NULL
)"""

STATEMENTS = (
    _DOCUMENT,
    _DOCUMENT_STAYS,
    _STUDY,
    _RUN,
    _FINISHED.format(what="inserted", event="INSERT", evidence=_EVIDENCE_IS_THERE),
    _FINISHED.format(what="updated", event="UPDATE", evidence=_EVIDENCE_IS_THERE),
    _EPOCH,
    _PREDICTION,
    _CHECKPOINT,
    "CREATE INDEX study_by_key ON study (key, id)",
    "CREATE INDEX checkpoint_by_run ON checkpoint (run, id)",
)
