"""A generator in 20 lines: every column drawn from its own values. Any program that reads and writes CSV will do.

python shuffle.py MEMBERS SIZE SEED OUT
"""

import csv
import random
import sys

members, size, seed, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
random.seed(seed)
with open(members, newline="", encoding="utf-8") as file:
    names, *rows = csv.reader(file)
columns = [random.choices(column, k=size) for column in zip(*rows, strict=True)]
with open(out, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
