"""A drawing pad inside a page: the trained networks travel in the file and answer in the browser itself.

`parts.py` gives a page what it puts in, `network.py` describes a network to the scripts. `prepare.js` mirrors
`cnnlab.data.drawing`, `layers.js` with `activations.js` and `engine.js` compute what `backends` compute, `canvas.js`
is the square one draws on, `answers.js` shows what the networks say, `pad.js` joins them.
"""
