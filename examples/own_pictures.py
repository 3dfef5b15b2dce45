"""A small network on a folder of pictures, as one writes it for Keras; with `import keras` the same lines run there.

Usage: python own_pictures.py FOLDER, which holds a folder of PNG or JPEG files for each class.
"""

import sys

import numpy as np

from cnnlab import keras  # for Keras itself: import keras
from cnnlab.keras import layers  # for Keras itself: from keras import layers

SIZE = (28, 28)
folder = sys.argv[1]

train, validation = keras.utils.image_dataset_from_directory(
    folder,
    label_mode="categorical",
    color_mode="grayscale",
    image_size=SIZE,
    batch_size=32,
    validation_split=0.2,
    subset="both",
    seed=1,
)
names = train.class_names

model = keras.Sequential(
    [
        keras.Input((*SIZE, 1)),
        layers.Rescaling(1 / 255),
        layers.RandomTranslation(0.1, 0.1),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(len(names), activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.summary()
model.fit(train, validation_data=validation, epochs=15)
loss, accuracy = model.evaluate(validation)
print(f"{accuracy:.1%} of the pictures held out are right")

for images, labels in validation.take(1):
    said = model.predict(images)
    for row in range(3):
        true, taken = np.argmax(labels[row]), np.argmax(said[row])
        print(f"a {names[true]} is taken for a {names[taken]}")
model.save("pictures.keras")
