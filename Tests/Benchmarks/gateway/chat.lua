-- wrk's request: a chat of 1 kB, and its results in one line: requests, microseconds, p50, p99, failures.
local words = string.rep("The quick brown fox jumps over the lazy dog. ", 19)
local content = string.sub(words, 1, 860)

wrk.method = "POST"
wrk.path = "/v1/chat/completions"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer sk-bench-0123456789abcdef"
wrk.body = '{"model":"bench","temperature":0.7,"max_tokens":256,"messages":[{"role":"system","content":"You are terse."},'
    .. '{"role":"user","content":"' .. content .. '"}]}'

function done(summary, latency)
    local errors = summary.errors
    local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    print(string.format("result %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), failures))
end
