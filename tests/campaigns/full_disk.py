"""Small runs on a disk that ends, or whose inodes do: each is resumed with room to the same bytes."""

import os
import subprocess
import sys
import tempfile

import small


def main():
    mats = os.path.abspath(sys.argv[1])
    tried = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        scenario = small.scenario(folder)
        assert small.call(small.command(mats, scenario, "ref"))[0] == 0
        wanted = small.digest("ref")
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        limits = [f"size={size}k" for size in range(4, 2400, 40)]
        limits += [f"size=64m,nr_inodes={count}" for count in range(2, 44)]
        for limit in limits:
            for before in (None, "other"):
                subprocess.run(["mount", "-t", "tmpfs", "-o", limit, "tmpfs", disk], check=True)
                try:
                    out = os.path.join(disk, "r")
                    run = small.command(mats, scenario, out)
                    code, said = small.call(run)
                    full = code != 0
                    if full and "panicked" in said:
                        print(f"FAILED {limit}: {said[-300:]}", flush=True)
                        failed += 1
                    subprocess.run(["mount", "-o", "remount,size=64m,nr_inodes=1000", disk], check=True)
                    again = [*run, "--overwrite"] if before else [*run, "--resume"]
                    code, said = small.call(again)
                    tried += full
                    if code != 0 or small.digest(out) != wanted:
                        print(f"FAILED {limit} {again[-1]}: exit {code}, {said[-300:]}", flush=True)
                        failed += 1
                finally:
                    subprocess.run(["umount", disk], check=True)
    print(f"{tried} runs met a full disk, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
