"""Tables of campaigns that never ran: deterministic rows whose truth is known, in the layout of campaign/columns.def."""
import collections
import math
import os
import random
import re
import sqlite3

SCENARIOS = [("car_park", "local"), ("motorway", "freeway"), ("mountain", "freeway"), ("town", "local")]
SENSORS = ["all", "no imu", "gnss and radar"]
FAULTS = {"gnss_jump_50": (0.98, 0.97, 0.3), "gnss_drift_01": (0.7, 0.5, 9.0), "camera_glare": (0.9, 0.85, 1.5),
          "radar_blocked": (0.95, 0.9, 0.8), "map_shifted": (0.05, 0.02, 20.0), "wheel_slip": (0.6, 0.6, 0.5)}
CHI2 = {"coverage50": 1.386, "coverage95": 5.991, "coverage999": 13.816}
STRETCHES, PER_STRETCH = 6, 6  # independent stretches of a drive, and samples in each


def columns(source):
    """[(kind, name)] of columns.def."""
    text = open(os.path.join(source, "campaign/columns.def")).read()
    return re.findall(r"^(INTEGER|REAL|TEXT)\((\w+)", text, re.M)


def bin_of(x):
    return max(-40, min(40, math.floor(10 * math.log10(max(x, 1e-9)))))


def histogram(values):
    return " ".join(f"{b}:{n}" for b, n in sorted(collections.Counter(map(bin_of, values)).items()))


def grid(pairs):
    return " ".join(f"{a},{b}:{n}" for (a, b), n in sorted(collections.Counter((bin_of(x), bin_of(y)) for x, y in pairs).items()))


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def errors(r, sigma_m):
    """Errors of one drive: constant over a stretch but for a little, so samples are not independent."""
    out = []
    for _ in range(STRETCHES):
        along, cross, heading = r.gauss(0, sigma_m), r.gauss(0, sigma_m), r.gauss(0, 0.1)
        out += [(along + r.gauss(0, 0.02 * sigma_m), cross + r.gauss(0, 0.02 * sigma_m), heading) for _ in range(PER_STRETCH)]
    return out


def judge(row, samples, sigma_m, claimed_m, levels):
    horizontal = [math.hypot(a, c) for a, c, _ in samples]
    nees = [h * h / claimed_m ** 2 for h in horizontal]
    limit = {"local": (0.29, 0.29, 0.5), "freeway": (1.40, 0.57, 1.5)}[row["road"]]
    n = len(samples)
    row.update(samples=n, availability=1.0, initialised_s=1.5, horizontal_rmse_m=math.sqrt(sum(h * h for h in horizontal) / n),
               horizontal_p50_m=quantile(horizontal, 0.5), horizontal_p95_m=quantile(horizontal, 0.95), horizontal_max_m=max(horizontal),
               along_p95_m=quantile([abs(a) for a, _, _ in samples], 0.95), cross_p95_m=quantile([abs(c) for _, c, _ in samples], 0.95),
               vertical_p95_m=2 * sigma_m, heading_p95_deg=quantile([abs(h) for _, _, h in samples], 0.95), velocity_rmse_mps=0.04,
               inside_alert=sum(abs(a) <= limit[0] and abs(c) <= limit[1] and abs(h) <= limit[2] for a, c, h in samples) / n,
               along_histogram=histogram(abs(a) for a, _, _ in samples), cross_histogram=histogram(abs(c) for _, c, _ in samples),
               heading_histogram=histogram(abs(h) for _, _, h in samples), nees=sum(nees) / n,
               error_bound_grid=grid((h, 2.448 * claimed_m) for h in horizontal), nominal=0.95, degraded=0.05, dead_reckoning=0.0, lost=0.0)
    for name, most in CHI2.items():
        row[name] = sum(v <= most for v in nees) / n
    if levels:
        level = 5.3 * claimed_m
        over = [h / level for h in horizontal]
        row.update(epochs=n, misleading=sum(x > 1 for x in over), hazardous=0, unsafe=sum(h > limit[0] for h in horizontal),
                   pl_horizontal_p50_m=level, pl_along_p50_m=0.8 * level, pl_cross_p50_m=0.7 * level, error_over_pl_max=max(over),
                   available_fraction=float(level < limit[0]), stanford_grid=grid((h, level) for h in horizontal))


def drive_on_map(row, samples, number):
    """Each third drive names one element too many; half of those that met one that is elsewhere name it."""
    met, named = 5 * row["fault"].startswith("map"), number % 2
    row.update(map_samples=len(samples), map_coverage95=row["coverage95"], lane_poses=9000, lane_sure=8100, lane_wrong=0, lane_right_s=4.0 + number % 5,
               lane_changes=2, lane_changes_followed=1, lane_change_s=1.5, pairings=2000, pairings_wrong=0, returns=500, returns_wrong=0, returns_beside=0, elements_wrong=met,
               elements_missed=(named if met else 0) + (number % 3 == 0), elements_missed_right=named if met else 0)
    for i, (name, unit) in enumerate((("along", "m"), ("cross", "m"), ("heading", "deg"))):
        row[f"map_{name}_histogram"] = histogram(abs(s[i]) for s in samples)
        row[f"map_{name}_p95_{unit}"] = quantile([abs(s[i]) for s in samples], 0.95)


def inject(row, r, fault, better):
    seen, named, typical_s = FAULTS[fault]
    detected = r.random() < min(1, seen + better)
    right = detected and r.random() < named / seen
    detect_s = r.expovariate(1 / typical_s) if detected else None
    source = fault.split("_")[0]
    row.update(injected=1, fault_source=source, fault_from_s=30.0, fault_to_s=45.0, detected=int(detected), detect_s=detect_s,
               named=int(right), named_code=int(right), named_s=detect_s if right else None, first_flag=f"{source}/x JUMP" if detected else "",
               recover_s=r.expovariate(0.5), fault_max_m=r.lognormvariate(0, 0.5))


def rows(seeds=12, faulted=True, honest=1.0, scale=1.0, levels=False, better=0.0, seed=1, alarms_per_h=0.3, first_seed=1, broken=True, maps=False):
    """One row per scenario, sensors, fault and seed. `honest`: deviation over the claimed one; `scale` of all errors and claims."""
    number = 0
    for fault in [""] + (list(FAULTS) if faulted else []):
        for s, (scenario, road) in enumerate(SCENARIOS):
            for k, sensors in enumerate(SENSORS):
                for drive in range(first_seed, first_seed + seeds):
                    r = random.Random(f"{seed} {fault} {scenario} {sensors} {drive}")
                    sigma_m = scale * (0.1 + 0.05 * s + 0.1 * k) * (0.5 if road == "local" else 1)
                    row = {"run": number, "scenario": scenario, "sensors": sensors, "fault": fault, "road": road, "seed": drive,
                           "duration_s": 90.0, "distance_m": 1200.0, "cpu_s": 0.2, "trouble": "", "injected": 0, "fault_source": "",
                           "first_flag": "", "false_alarm_names": "", "stanford_grid": ""}
                    number += 1
                    alarms = int(r.random() < alarms_per_h * 90 / 3600)
                    row.update(false_alarms=alarms, false_alarm_names="gnss/roof BIASED" if alarms else "")
                    if broken and number % 97 == 0:
                        row.update(trouble="gave up after 60 s", samples=0)
                        yield row
                        continue
                    samples = errors(r, honest * sigma_m)
                    judge(row, samples, sigma_m, sigma_m, levels)
                    if maps and sensors == "all":
                        drive_on_map(row, samples, number)
                    row.update(nis_gnss=r.gauss(1, 0.1), nis_radar=r.gauss(1.1, 0.1), nis_wheel=r.gauss(0.7, 0.1))
                    if fault:
                        inject(row, r, fault, better)
                    yield row


def write(directory, source, name="synthetic", plan="sim/campaigns/synthetic.yaml", **arguments):
    """A campaign's directory. Returns the rows."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "campaign.sqlite")
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    named = columns(source)
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
    db.executemany("INSERT INTO meta VALUES (?, ?)", [("name", name), ("plan", "name: synthetic\n"), ("version", "0.1.0"),
                                                        ("command", f"posed campaign {plan} -o {directory}")])
    db.execute("CREATE TABLE run (%s)" % ", ".join(f'"{n}" {kind}' + (" PRIMARY KEY" if n == "run" else "") for kind, n in named))
    made = list(rows(**arguments))
    db.executemany("INSERT INTO run VALUES (%s)" % ", ".join("?" * len(named)), [[row.get(n) for _, n in named] for row in made])
    db.commit()
    db.close()
    return made


if __name__ == "__main__":
    import sys
    write(sys.argv[1], os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."), **eval(f"dict({','.join(sys.argv[2:])})"))
