"""Make the coefficients of exp(u**2) erfc(u) for gelu: `python tools/fit_erfcx.py`, with mpmath installed."""

import mpmath as mp

NODES = 60
mp.mp.dps = 50


def scaled_tail(t: mp.mpf) -> mp.mpf:
    """Return exp(u**2) erfc(u) for t = 1 / (1 + u / 2)."""
    u = 2 * (1 / t - 1)
    return mp.exp(u * u) * mp.erfc(u)


def coefficients() -> list[float]:
    """Interpolate in Chebyshev's points on t from 0 to 1; cut what is below a double's rounding."""
    points = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / NODES) for k in range(NODES)]
    values = [scaled_tail((point + 1) / 2) for point in points]
    made = []
    for j in range(NODES):
        terms = [value * mp.cos(mp.pi * j * (k + mp.mpf(1) / 2) / NODES) for k, value in enumerate(values)]
        made.append(2 * sum(terms) / NODES)
    made[0] /= 2
    kept = max(j for j, value in enumerate(made) if abs(value) > mp.mpf(10) ** -17) + 1
    return [float(value) for value in made[:kept]]


if __name__ == "__main__":
    print(",\n    ".join(map(repr, coefficients())))
