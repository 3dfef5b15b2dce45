-- A store as version 3 left it. Never changed: it is what users have.
BEGIN TRANSACTION;
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
);
INSERT INTO "checkpoint" VALUES(1,1,2,938,0,'study-1/net/seed-0/checkpoint-00000938-00000000.bin','0000000000000000000000000000000000000000000000000000000000000000',10,'2024-05-06T07:09:09.000+00:00');
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    text TEXT NOT NULL CHECK (json_valid(text))
);
INSERT INTO "document" VALUES(1,'8da63d705900034ceec36824695148f3229734f09bb5878dee778575a0faaad2','{"class_name":"Sequential","config":{"name":"net","layers":[]}}');
INSERT INTO "document" VALUES(2,'fc74c65da4634a6d102be94177c56b4bf7c1dedcd75bd38c7a0be22e9d2fa4e3','{"batch_size":128,"epochs":2,"optimizer":{"name":"Adam","weight_decay":null,"clipnorm":null,"clipvalue":null,"global_clipnorm":null,"use_ema":false,"ema_momentum":0.99,"ema_overwrite_frequency":null,"loss_scale_factor":null,"gradient_accumulation_steps":null,"decay":0.0,"learning_rate":0.01,"beta_1":0.9,"beta_2":0.999,"epsilon":1e-07,"amsgrad":false},"loss":{"name":"CategoricalCrossentropy","from_logits":false,"label_smoothing":0.0},"shuffle":true,"callbacks":[]}');
INSERT INTO "document" VALUES(3,'e7ee0c45743c0843cf9b2b90a0ee48fb60c472901530c7990f72da243c394a80','{"train-images-idx3-ubyte":"babababababababababababababababababababababababababababababababa"}');
INSERT INTO "document" VALUES(4,'6c730708295c82cdb1d3798405ab5a68eb03a41e39ac73f0bc642b6fb2475e4a','{"cnnlab_version":"0.1","commit":null,"python":"3.11.7","numpy":"2.4.6","platform":"Linux","cpu":"a processor","threads":2,"backend":"compiled","same_bits":true,"data_name":"mnist","data_source":"cache","data_sums":{"train-images-idx3-ubyte":"babababababababababababababababababababababababababababababababa"},"train_images":60000,"test_images":10000,"started":"2024-05-06T07:08:09+00:00"}');
CREATE TABLE epoch (
    run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    loss REAL NOT NULL CHECK (loss IS NULL OR typeof(loss) IN ('real', 'integer') OR loss = 'nan'),
    accuracy REAL NOT NULL CHECK (accuracy IS NULL OR typeof(accuracy) IN ('real', 'integer') OR accuracy = 'nan'),
    val_loss REAL CHECK (val_loss IS NULL OR typeof(val_loss) IN ('real', 'integer') OR val_loss = 'nan'),
    val_accuracy REAL CHECK (val_accuracy IS NULL OR typeof(val_accuracy) IN ('real', 'integer') OR val_accuracy = 'nan'),
    seconds REAL NOT NULL CHECK (seconds >= 0),
    learning_rate REAL CHECK (learning_rate IS NULL OR typeof(learning_rate) IN ('real', 'integer') OR learning_rate = 'nan'),
    PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
INSERT INTO "epoch" VALUES(1,1,0.75,0.5,0.5,0.8,30.0,0.01);
INSERT INTO "epoch" VALUES(1,2,0.5,0.75,0.25,0.9,30.0,0.01);
CREATE TABLE prediction (
    run INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    classes BLOB NOT NULL,
    probability BLOB NOT NULL,
    PRIMARY KEY (run, epoch),
    FOREIGN KEY (run, epoch) REFERENCES epoch (run, epoch) ON DELETE CASCADE
);
INSERT INTO "prediction" VALUES(1,2,X'78016367620400001D000B',X'7801636060B0676068B003627B0007B801BD');
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
    last_val_loss REAL CHECK (last_val_loss IS NULL OR typeof(last_val_loss) IN ('real', 'integer') OR last_val_loss = 'nan'),
    last_val_accuracy REAL CHECK (last_val_accuracy BETWEEN 0 AND 1),
    best_epoch INTEGER,
    best_val_loss REAL CHECK (best_val_loss IS NULL OR typeof(best_val_loss) IN ('real', 'integer') OR best_val_loss = 'nan'),
    best_val_accuracy REAL CHECK (best_val_accuracy BETWEEN 0 AND 1),
    test_loss REAL CHECK (test_loss IS NULL OR typeof(test_loss) IN ('real', 'integer') OR test_loss = 'nan'),
    test_accuracy REAL CHECK (test_accuracy BETWEEN 0 AND 1),
    no_test INTEGER NOT NULL DEFAULT 0 CHECK (no_test IN (0, 1)),
    total_params INTEGER NOT NULL CHECK (total_params >= 0),
    trainable_params INTEGER NOT NULL CHECK (trainable_params >= 0),
    weights_sha256 TEXT CHECK (length(weights_sha256) = 64),
    reason TEXT,
    error TEXT,
    resumes_exactly INTEGER NOT NULL DEFAULT 1 CHECK (resumes_exactly IN (0, 1)),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0), validation_images INTEGER CHECK (validation_images > 0),
    UNIQUE (study, architecture, seed),
    CHECK ((status = 'running') = (owner IS NOT NULL)),
    CHECK (status = 'planned' OR began IS NOT NULL),
    CHECK (weights_sha256 IS NULL OR status = 'finished'),
    CHECK (NOT (no_test AND (test_loss IS NOT NULL OR test_accuracy IS NOT NULL)))
);
INSERT INTO "run" VALUES(1,'aaaaaaa2',1,'net',0,'finished',NULL,'study-1/net/seed-0',1,2,'mnist',3,60000,10000,4,'2024-05-06T07:08:10.000+00:00','2024-05-06T07:09:10.000+00:00',60.0,2,2,0.25,0.9,2,0.25,0.9,0.25,0.9,0,69135,69095,'abababababababababababababababababababababababababababababababab',NULL,NULL,1,1,NULL);
INSERT INTO "run" VALUES(2,'bbbbbbb3',1,'net',1,'planned',NULL,'study-1/net/seed-1',1,2,'mnist',3,60000,10000,4,NULL,NULL,NULL,2,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,69135,69095,NULL,NULL,NULL,1,0,NULL);
CREATE TABLE study (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) = 64),
    folder TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    created TEXT NOT NULL
);
INSERT INTO "study" VALUES(1,'a study','0000000000000000000000000000000000000000000000000000000000000000','study-1','name = "a study"
','2024-05-06T07:08:09.000+00:00');
CREATE TABLE test_prediction (
    run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
    classes BLOB NOT NULL,
    probability BLOB NOT NULL
);
CREATE TRIGGER document_stays BEFORE UPDATE ON document
BEGIN
    SELECT RAISE(ABORT, 'a document is shared by many runs and never changes');
END;
CREATE TRIGGER finished_inserted BEFORE INSERT ON run WHEN NEW.status = 'finished'
BEGIN
    SELECT RAISE(ABORT, 'a finished run needs the sum of its weights') WHERE NEW.weights_sha256 IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its test loss and accuracy, or no_test')
        WHERE NOT NEW.no_test AND (NEW.test_loss IS NULL OR NEW.test_accuracy IS NULL);
    SELECT RAISE(ABORT, 'a finished run needs its time and the moment it ended')
        WHERE NEW.seconds IS NULL OR NEW.ended IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its whole provenance')
        WHERE NOT EXISTS (SELECT 1 FROM document WHERE id = NEW.provenance AND json_type(text, '$.cnnlab_version') IS NOT NULL AND json_type(text, '$.cnnlab_version') <> 'null' AND json_type(text, '$.python') IS NOT NULL AND json_type(text, '$.python') <> 'null' AND json_type(text, '$.numpy') IS NOT NULL AND json_type(text, '$.numpy') <> 'null' AND json_type(text, '$.platform') IS NOT NULL AND json_type(text, '$.platform') <> 'null' AND json_type(text, '$.cpu') IS NOT NULL AND json_type(text, '$.cpu') <> 'null' AND json_type(text, '$.threads') IS NOT NULL AND json_type(text, '$.threads') <> 'null' AND json_type(text, '$.backend') IS NOT NULL AND json_type(text, '$.backend') <> 'null' AND json_type(text, '$.same_bits') IS NOT NULL AND json_type(text, '$.same_bits') <> 'null' AND json_type(text, '$.data_name') IS NOT NULL AND json_type(text, '$.data_name') <> 'null' AND json_type(text, '$.data_source') IS NOT NULL AND json_type(text, '$.data_source') <> 'null' AND json_type(text, '$.data_sums') IS NOT NULL AND json_type(text, '$.data_sums') <> 'null' AND json_type(text, '$.started') IS NOT NULL AND json_type(text, '$.started') <> 'null');
END;
CREATE TRIGGER finished_updated BEFORE UPDATE ON run WHEN NEW.status = 'finished'
BEGIN
    SELECT RAISE(ABORT, 'a finished run needs the sum of its weights') WHERE NEW.weights_sha256 IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its test loss and accuracy, or no_test')
        WHERE NOT NEW.no_test AND (NEW.test_loss IS NULL OR NEW.test_accuracy IS NULL);
    SELECT RAISE(ABORT, 'a finished run needs its time and the moment it ended')
        WHERE NEW.seconds IS NULL OR NEW.ended IS NULL;
    SELECT RAISE(ABORT, 'a finished run needs its whole provenance')
        WHERE NOT EXISTS (SELECT 1 FROM document WHERE id = NEW.provenance AND json_type(text, '$.cnnlab_version') IS NOT NULL AND json_type(text, '$.cnnlab_version') <> 'null' AND json_type(text, '$.python') IS NOT NULL AND json_type(text, '$.python') <> 'null' AND json_type(text, '$.numpy') IS NOT NULL AND json_type(text, '$.numpy') <> 'null' AND json_type(text, '$.platform') IS NOT NULL AND json_type(text, '$.platform') <> 'null' AND json_type(text, '$.cpu') IS NOT NULL AND json_type(text, '$.cpu') <> 'null' AND json_type(text, '$.threads') IS NOT NULL AND json_type(text, '$.threads') <> 'null' AND json_type(text, '$.backend') IS NOT NULL AND json_type(text, '$.backend') <> 'null' AND json_type(text, '$.same_bits') IS NOT NULL AND json_type(text, '$.same_bits') <> 'null' AND json_type(text, '$.data_name') IS NOT NULL AND json_type(text, '$.data_name') <> 'null' AND json_type(text, '$.data_source') IS NOT NULL AND json_type(text, '$.data_source') <> 'null' AND json_type(text, '$.data_sums') IS NOT NULL AND json_type(text, '$.data_sums') <> 'null' AND json_type(text, '$.started') IS NOT NULL AND json_type(text, '$.started') <> 'null');
END;
CREATE INDEX study_by_key ON study (key, id);
CREATE INDEX checkpoint_by_run ON checkpoint (run, id);
CREATE INDEX run_by_began ON run (began, number);
CREATE INDEX run_by_architecture ON run (architecture, began, number);
CREATE INDEX run_by_study ON run (study, began, number);
CREATE INDEX run_by_status ON run (status, began, number);
CREATE INDEX run_by_seed ON run (seed, began, number);
CREATE INDEX run_by_owner ON run (owner) WHERE owner IS NOT NULL;
CREATE TRIGGER tested_inserted BEFORE INSERT ON run
WHEN NEW.status = 'finished' AND NEW.validation_images IS NOT NULL AND NOT NEW.no_test
BEGIN
    SELECT RAISE(ABORT, 'a finished run with images held out needs its answers to the test images')
        WHERE NOT EXISTS (SELECT 1 FROM test_prediction WHERE run = NEW.number);
END;
CREATE TRIGGER tested_updated BEFORE UPDATE ON run
WHEN NEW.status = 'finished' AND NEW.validation_images IS NOT NULL AND NOT NEW.no_test
BEGIN
    SELECT RAISE(ABORT, 'a finished run with images held out needs its answers to the test images')
        WHERE NOT EXISTS (SELECT 1 FROM test_prediction WHERE run = NEW.number);
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('checkpoint',1);
COMMIT;
