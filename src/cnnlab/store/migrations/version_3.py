"""Version 3: training images held out for validation, and what the final weights say of the test images.

``validation_images`` is NULL where the test images serve for validation. Then the last epoch's predictions are those of
the test, unless the final weights are others than the last epoch's; these get a row of their own. With images held out
the epochs' predictions are of those, and a finished run needs its answers to the test images beside them.
"""

_TEST_PREDICTION = """
CREATE TABLE test_prediction (
    run INTEGER PRIMARY KEY REFERENCES run (number) ON DELETE CASCADE,
    classes BLOB NOT NULL,
    probability BLOB NOT NULL
)"""

_TESTED = """
CREATE TRIGGER tested_{what} BEFORE {event} ON run
WHEN NEW.status = 'finished' AND NEW.validation_images IS NOT NULL AND NOT NEW.no_test
BEGIN
    SELECT RAISE(ABORT, 'a finished run with images held out needs its answers to the test images')
        WHERE NOT EXISTS (SELECT 1 FROM test_prediction WHERE run = NEW.number);
END"""

STATEMENTS = (
    "ALTER TABLE run ADD COLUMN validation_images INTEGER CHECK (validation_images > 0)",
    _TEST_PREDICTION,
    _TESTED.format(what="inserted", event="INSERT"),
    _TESTED.format(what="updated", event="UPDATE"),
)
