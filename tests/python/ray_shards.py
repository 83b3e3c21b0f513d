"""Runs an experiment on a Ray cluster: each part on a worker, then all joined.

    python ray_shards.py MATS EXPERIMENT --parts N --out DIR [--local-workers K] [-- FLAGS OF MATS RUN]

Workers need the program and a folder that all of them see. With --local-workers a cluster of so many workers is started on
this machine, to try it out; otherwise the cluster that RAY_ADDRESS names is used.
"""

import argparse
import pathlib
import subprocess
import sys

import ray


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mats", type=pathlib.Path)
    parser.add_argument("experiment", type=pathlib.Path)
    parser.add_argument("--parts", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--local-workers", type=int)
    parser.add_argument("flags", nargs="*", help="handed on to mats run")
    args = parser.parse_args()

    if args.local_workers:
        from ray.cluster_utils import Cluster

        # The head only leads; each worker has one processor, so parts go to different workers.
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        for _ in range(args.local_workers):
            cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address, log_to_driver=False)
    else:
        ray.init(address="auto")

    mats, experiment, out = (str(path.resolve()) for path in (args.mats, args.experiment, args.out))
    parts = [f"{out}.part-{number}" for number in range(1, args.parts + 1)]

    @ray.remote(num_cpus=1, max_retries=3)
    def work(number: int, part: str) -> str:
        command = [mats, "run", experiment, "--shard", f"{number}/{args.parts}", "--out", part]
        done = subprocess.run([*command, "--resume", "--quiet", *args.flags], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"part {number}: {done.stderr}")
        return ray.get_runtime_context().get_node_id()

    nodes = ray.get([work.remote(number, part) for number, part in enumerate(parts, start=1)])
    ray.shutdown()
    print(f"{args.parts} parts done by {len(set(nodes))} workers")
    return subprocess.run([mats, "merge", *parts, "--out", out], stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
