-- What backends send in practice: four of five requests for a reader who sees everything, one for a reader who does not,
-- bodies of 1 to 50 KB, the small ones often. Bodies lie in LOAD_FOLDER, one file for each size.
local folder, key = os.getenv("LOAD_FOLDER"), os.getenv("LOAD_KEY")
local sizes = { 1, 1, 1, 1, 2, 2, 2, 5, 5, 10, 20, 50 }
local ready = {}
local turn = 0

function init()
  for position, kilobytes in ipairs(sizes) do
    local file = assert(io.open(folder .. "/" .. kilobytes .. ".json", "rb"))
    local body = file:read("*a")
    file:close()
    for _, actor in ipairs({ "carol", "bob" }) do
      local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. key,
        ["X-Actor"] = actor .. "@acme.example" }
      ready[actor .. position] = wrk.format("POST", "/v1/workspaces/acme/mask", headers, body)
    end
  end
end

function request()
  turn = turn + 1
  local actor = turn % 5 == 0 and "bob" or "carol"
  return ready[actor .. (turn % #sizes + 1)]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %.6f, "errors": %d, "bytes": %d, "p50": %.6f, "p95": %.6f, "p99": %.6f}\n',
    summary.requests, summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.bytes, latency:percentile(50) / 1e6, latency:percentile(95) / 1e6, latency:percentile(99) / 1e6))
end
