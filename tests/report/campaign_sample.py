"""A campaign's data as the page takes it, made up: enough of everything that every plot has something to draw."""
import math
import random


def interval(value, width, name):
    return {name: value, name + "_low": max(0, value - width), name + "_high": min(1, value + width)}


def make(seed=1):
    r = random.Random(seed)
    cells = [[10 ** (i / 10), 10 ** (j / 10), n] for i in range(-20, 10) for j in range(-12, 14)
             if (n := int(4000 * math.exp(-((i + 7) / 6) ** 2 - ((j - 1) / 5) ** 2))) > 0]
    groups = []
    for scenario in ("town", "motorway", "mountain", "tunnel", "car_park", "ring"):
        for sensors in ("all", "without imu"):
            nees = r.gauss(2, 0.2)
            groups.append({"scenario": scenario, "sensors": sensors, **interval(r.gauss(0.95, 0.01), 0.015, "coverage"),
                           "nees": nees, "nees_low": nees - 0.2, "nees_high": nees + 0.2})
    faults = []
    for name in ("gnss_jump", "gnss_drift_05", "gnss_jamming", "camera_glare", "radar_blocked", "imu_bias", "wheel_slip", "map_shifted", "clock_step"):
        share = r.random()
        faults.append({"fault": name, "runs": 50, **interval(share, 0.1, "detected"), **interval(0.9 * share, 0.1, "named"),
                       "times_s": sorted(r.expovariate(0.2) for _ in range(int(50 * share)))})
    return {
        "kind": "campaign", "version": "0.1.0", "name": "</script><b>nightly", "runs": 2000, "hours": 44.4, "alert_m": 1.5,
        "total": {"coverage": 0.951, "coverage_low": 0.943, "coverage_high": 0.958, "nees": 1.98, "horizontal_p95_m": 0.9,
                  "availability": 0.997, "detected": 0.83, "named": 0.77},
        "false_alarms": {"count": 3, "hours": 44.4, "per_hour": 0.067, "low": 0.014, "high": 0.197,
                         "by": [{"name": "gnss/roof JUMP", "per_hour": 0.045, "low": 0.01, "high": 0.16}]},
        "stanford": [], "error_bound": cells, "coverage_band": [0.9, 0.98], "nees_band": [1.6, 2.4], "groups": groups,
        "reliability": [{"promised": p, "observed": o, "low": o - 0.01, "high": min(1, o + 0.01)} for p, o in ((0.5, 0.54), (0.95, 0.951), (0.999, 0.994))],
        "accuracy": [{"road": road, "direction": way, "p95_m": p, "low": 0.9 * p, "high": 1.1 * p, "limit_m": limit}
                     for road, way, p, limit in (("freeway", "lateral", 0.5, 0.57), ("freeway", "longitudinal", 0.9, 1.4),
                                                 ("local", "lateral", 0.4, 0.29), ("local", "longitudinal", 0.3, 0.29))],
        "faults": faults, "failing_count": 2,
        "failing": [{"run": 17, "scenario": "tunnel", "fault": None, "why": "error 12 m, bound 3 m", "command": "posed campaign c.yaml --run 17"},
                    {"run": 40, "scenario": "<img src=x onerror=window.broken=1>", "fault": "gnss_jump", "why": "not detected", "command": "posed campaign c.yaml --run 40"}],
    }
