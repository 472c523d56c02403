"""What happens on a Redis as a whole or not at all, in its own language; docs/adr/0011 says why.

A worker's *token* is what lets it write. Whoever takes over what a stalled worker had takes its token away in the same
step, so that the stalled one, should it wake, writes nothing: two workers never both write what became of a record.
"""

# KEYS: the token, sources, sinks, counters. ARGV: the token's value, the group, how many sources and how many sinks;
# of each source how many ids, and the ids; of each sink how many records and fields, the fields' names, and the values
# record by record; of each counter how many succeeded and how many failed.
COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local key, at = 1, 5
for _ = 1, ARGV[3] do
  key = key + 1
  redis.call('XACK', KEYS[key], ARGV[2], unpack(ARGV, at + 1, at + ARGV[at]))
  at = at + ARGV[at] + 1
end
for _ = 1, ARGV[4] do
  key = key + 1
  local records, fields, names = ARGV[at], ARGV[at + 1], at + 2
  at = names + fields
  for _ = 1, records do
    if fields == '1' then
      redis.call('XADD', KEYS[key], '*', ARGV[names], ARGV[at])
    else
      local entry = {}
      for i = 0, fields - 1 do
        entry[2 * i + 1] = ARGV[names + i]
        entry[2 * i + 2] = ARGV[at + i]
      end
      redis.call('XADD', KEYS[key], '*', unpack(entry))
    end
    at = at + fields
  end
end
while key < #KEYS do
  key = key + 1
  redis.call('HINCRBY', KEYS[key], 'succeeded', ARGV[at])
  redis.call('HINCRBY', KEYS[key], 'failed', ARGV[at + 1])
  at = at + 2
end
return 1
"""

# KEYS: the token of the stalled worker, the source. ARGV: the group, the stalled worker, this one, milliseconds after
# which it has stalled, the most to take, and from how many deliveries on a record is taken alone: it may be what ends
# the workers that have it. Returns the ids, of each how often it was handed out, and how many are no longer there.
TAKE_OVER = """
local stalled = redis.call('XPENDING', KEYS[2], ARGV[1], 'IDLE', ARGV[4], '-', '+', ARGV[5], ARGV[2])
if #stalled == 0 then return {{}, 0} end
local taken, ids = {}, {}
for _, one in ipairs(stalled) do
  if one[4] < tonumber(ARGV[6]) then
    taken[#taken + 1] = {one[1], one[4] + 1}
    ids[#ids + 1] = one[1]
  end
end
if #ids == 0 then
  taken[1] = {stalled[1][1], stalled[1][4] + 1}
  ids[1] = stalled[1][1]
end
redis.call('DEL', KEYS[1])
local asked = #ids
ids[asked + 1] = 'JUSTID'  -- It is counted when the new owner reads it.
-- Those that are no longer in their topic are not claimed but forgotten.
local claimed = redis.call('XCLAIM', KEYS[2], ARGV[1], ARGV[3], ARGV[4], unpack(ids))
return {taken, asked - #claimed}
"""

# KEYS: the token, sources. ARGV: the token's value, the group, the worker; of each source how many ids, and the ids.
PUT_BACK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local at = 4
for key = 2, #KEYS do
  local claim = {KEYS[key], ARGV[2], ARGV[3], 0}
  for i = at + 1, at + ARGV[at] do claim[#claim + 1] = ARGV[i] end
  claim[#claim + 1] = 'RETRYCOUNT'
  claim[#claim + 1] = 0
  claim[#claim + 1] = 'JUSTID'
  redis.call('XCLAIM', unpack(claim))
  at = at + ARGV[at] + 1
end
return 1
"""

# KEYS: the topic, the ids it has had. ARGV: how many ids to remember, how many fields, their names; then of each record
# its id and its values. Returns how many records were new.
WRITE_NEW = """
local now = redis.call('TIME')
local fields = tonumber(ARGV[2])
local at, new = 3 + fields, 0
while at <= #ARGV do
  if redis.call('ZADD', KEYS[2], 'NX', now[1] .. '.' .. now[2], ARGV[at]) == 1 then
    local entry = {}
    for i = 1, fields do
      entry[2 * i - 1] = ARGV[2 + i]
      entry[2 * i] = ARGV[at + i]
    end
    redis.call('XADD', KEYS[1], '*', unpack(entry))
    new = new + 1
  end
  at = at + fields + 1
end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(ARGV[1] + 1))
return new
"""

# KEYS: the topic. ARGV: where to begin, going back, and how many. Returns of each entry its id and what stands beside
# the value and the key, which do not leave the Redis.
HEADS = """
local found = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], ARGV[1], '-', 'COUNT', ARGV[2])) do
  local beside = {}
  for at = 1, #entry[2], 2 do
    local name = entry[2][at]
    if name == 'service' or name == 'function' or name == 'trouble' or name == 'words' or name == 'source' then
      beside[#beside + 1] = name
      beside[#beside + 1] = entry[2][at + 1]
    end
  end
  found[#found + 1] = {entry[1], beside}
end
return found
"""

# KEYS: the dead letters, the topic that they came from. ARGV: that topic's name, then ids. A letter goes back as the
# record that it was, unless it came from another topic or is gone. Returns how many went.
SEND_AGAIN = """
local sent = 0
for at = 2, #ARGV do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at])[1]
  local record, origin = {}, ''
  for i = 1, entry and #entry[2] or 0, 2 do
    local name, text = entry[2][i], entry[2][i + 1]
    if name == 'source' then origin = text end
    if name == 'v' or (name == 'k' and text ~= '') then
      record[#record + 1] = name
      record[#record + 1] = text
    end
  end
  if #record > 0 and string.sub(origin, 1, #ARGV[1] + 1) == ARGV[1] .. '/' then
    redis.call('XADD', KEYS[2], '*', unpack(record))
    redis.call('XDEL', KEYS[1], ARGV[at])
    sent = sent + 1
  end
end
return sent
"""

# KEYS: the source. ARGV: the group, a worker that is gone. One that still has records is kept: they would go with it.
FORGET_WORKER = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
"""
