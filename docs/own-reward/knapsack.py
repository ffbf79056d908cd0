# The reward of knapsack.mjs as a command: for each batch, one line of JSON comes and one goes.
# npx webgfn train sets --env.items 10 --env.size 4 --reward-command "python3 knapsack.py" --out runs/knapsack-python
import json
import sys

VALUES = [4, 2, 9, 1, 3, 7, 8, 3, 6, 5]
WEIGHTS = [12, 2, 14, 1, 3, 8, 10, 4, 7, 6]
CAPACITY = 31
TOO_HEAVY = -5


def log_reward(items):
    if sum(WEIGHTS[item] for item in items) > CAPACITY:
        return TOO_HEAVY
    return 0.5 * sum(VALUES[item] for item in items)


for line in sys.stdin:
    sets = json.loads(line)
    print(json.dumps([log_reward(each["items"]) for each in sets]), flush=True)
