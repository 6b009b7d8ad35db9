#!/usr/bin/env python3
"""lane_learn.py ROWS.csv...: the weights of sensors/camera/lane_score.c, from what `lane_table PICTURES SEED rows` and
`lane_variants FOLDER SEEDS SEED rows` print.

A network of one layer, tanh, beside a straight sum: logistic regression that may find one feature to matter only where
another one is large. Adam over all rows at once, so that the same rows give the same weights; the penalty was chosen on
seeds that were not learned from (11, 21 and 22 of the variants, 1000 and on of the roads), so what those say is a little too
good. Prints the weights as C, and how well they hold. Needs NumPy."""
import sys

import numpy as np

HIDDEN, PENALTY, STEPS = 6, 0.06, 2500


def learn(features, right, steps=STEPS):
    """Weights of the features as they are: hidden (HIDDEN x n+1), straight (n+1), out (HIDDEN)."""
    random = np.random.default_rng(0)
    count, n = features.shape
    mean, spread = features.mean(0), features.std(0) + 1e-6
    x = (features - mean) / spread
    state = [random.normal(0, n ** -0.5, (n, HIDDEN)), np.zeros(HIDDEN), random.normal(0, 0.3, HIDDEN), np.zeros(n), np.zeros(1)]
    first, second = [np.zeros_like(s) for s in state], [np.zeros_like(s) for s in state]
    for t in range(1, steps + 1):
        inner = np.tanh(x @ state[0] + state[1])
        off = (1 / (1 + np.exp(-(inner @ state[2] + x @ state[3] + state[4]))) - right) / count
        back = np.outer(off, state[2]) * (1 - inner * inner)
        slopes = [x.T @ back + PENALTY / n * state[0], back.sum(0), inner.T @ off + PENALTY / HIDDEN * state[2],
                  x.T @ off + 0.3 * PENALTY / n * state[3], np.array([off.sum()])]
        rate = 0.005 * (1 + np.cos(np.pi * t / steps)) + 1e-4
        for i, slope in enumerate(slopes):
            first[i] = 0.9 * first[i] + 0.1 * slope
            second[i] = 0.999 * second[i] + 0.001 * slope ** 2
            state[i] = state[i] - rate * (first[i] / (1 - 0.9 ** t)) / (np.sqrt(second[i] / (1 - 0.999 ** t)) + 1e-8)
    hidden = state[0] / spread[:, None]
    straight = state[3] / spread
    return (np.vstack([hidden, state[1] - mean @ hidden]).T, np.append(straight, state[4] - mean @ straight), state[2])


def score(weights, features):
    hidden, straight, out = weights
    x = np.hstack([features, np.ones((len(features), 1))])
    return 1 / (1 + np.exp(-(np.tanh(x @ hidden.T) @ out + x @ straight)))


def main():
    rows = [line.strip().split(",") for name in sys.argv[1:] for line in open(name)]
    right = np.array([float(r[2]) for r in rows])
    features = np.array([[float(v) for v in r[4:]] for r in rows])
    weights = tuple(np.round(w, 3) for w in learn(features, right))
    for name, w in zip(("hidden", "straight", "out"), weights):
        print(f"static const double {name}[] = {{")
        for row in np.atleast_2d(w):
            print("    {" + ", ".join(f"{v:.3f}" for v in row) + "},")
        print("};")
    p = score(weights, features)
    loss = -np.mean(np.log(np.where(right > 0, p, 1 - p)))
    print(f"{len(rows)} lines, {right.mean():.3f} right, log loss {loss:.4f}")
    bounds = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)
    for low, high in zip(bounds, bounds[1:]):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(f"{low:.2f}..{high:.2f}: {inside.sum()} lines, mean {p[inside].mean():.3f}, right {right[inside].mean():.3f}")


if __name__ == "__main__":
    main()
