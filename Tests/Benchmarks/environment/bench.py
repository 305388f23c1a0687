"""Steps a second through Python, and Stable-Baselines3's PPO beside the native one, in CPU time of one core.

    BENCH=.build/release/EnvironmentBench python Tests/Benchmarks/environment/bench.py [--without-sb3]
"""

import os
import subprocess
import sys
import time

import gymnasium as gym
import numpy as np

import llm_router_env  # noqa: F401  registers the ids

subprocess.run([os.environ["BENCH"]], check=True)
for name in ("LLMRouter-v0", "LLMRouter-v1"):
    envs = gym.make_vec(name, num_envs=64)
    envs.reset(seed=1)
    actions, calls = np.arange(64) % 5, 20_000
    start = time.process_time()
    for _ in range(calls):
        envs.step(actions)
    rate = 64 * calls / (time.process_time() - start)
    print(f"{name}: {rate / 1e6:.2f} million steps per CPU second through the native vector, 64 environments")
if "--without-sb3" not in sys.argv:
    import torch
    from stable_baselines3 import PPO

    torch.set_num_threads(1)
    agent = PPO("MlpPolicy", gym.make("LLMRouter-v1"), ent_coef=0.01, seed=0, device="cpu")
    start = time.process_time()
    agent.learn(100_000)
    print(f"Stable-Baselines3's PPO: {time.process_time() - start:.1f} CPU seconds for 100000 steps, 1 environment")
