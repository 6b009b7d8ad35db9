#!/usr/bin/env python3
"""lane_learn.py ROWS.csv...: the weights of sensors/camera/lane_score.c, from what `lane_table PICTURES SEED rows` and
`lane_variants FOLDER SEEDS SEED rows` print.

Logistic regression with a ridge of one, by Newton's method: the score is then the share that is right among roads like
those rendered and pictured. Prints the weights as C, and how well they hold. Needs NumPy."""
import sys

import numpy as np

rows = [line.strip().split(",") for name in sys.argv[1:] for line in open(name)]
right = np.array([float(r[2]) for r in rows])
features = np.array([[float(v) for v in r[4:]] + [1.0] for r in rows])
weights = np.zeros(features.shape[1])
ridge = np.eye(len(weights))
ridge[-1, -1] = 1e-6
for _ in range(50):
    p = 1 / (1 + np.exp(-features @ weights))
    gradient = features.T @ (right - p) - ridge @ weights
    weights += np.linalg.solve((features * (p * (1 - p))[:, None]).T @ features + ridge, gradient)
p = 1 / (1 + np.exp(-features @ weights))
print(", ".join(f"{w:.2f}" for w in weights))
print(f"{len(rows)} lines, {right.mean():.3f} right, log loss {-np.mean(np.log(np.where(right > 0, p, 1 - p))):.4f}")
for low in (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
    high = {0.0: 0.1, 0.1: 0.3, 0.3: 0.5, 0.5: 0.7, 0.7: 0.8, 0.8: 0.9, 0.9: 0.95, 0.95: 0.98, 0.98: 1.01}[low]
    inside = (p >= low) & (p < high)
    if inside.any():
        print(f"{low:.2f}..{high:.2f}: {inside.sum()} lines, mean {p[inside].mean():.3f}, right {right[inside].mean():.3f}")
