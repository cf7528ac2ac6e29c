"""What has to happen in Redis in one piece, as scripts. KEYS: a stream and the hash of the keys it holds.

The hash maps each ticket key in the stream to its entry, so that a key is in the stream once. All keys of a script
share a hash tag and so lie on one node of a cluster.
"""

# ARGV: group, ticket key, ... . A key that is held is added again only where its entry can no longer reach a reader:
# it is gone, or it was handed to a consumer that somebody deleted.
PUBLISH = """
local delivered
local function number(id)
    local ms, seq = string.match(id, '(%d+)-(%d+)')
    return tonumber(ms), tonumber(seq)
end
local function waits(id)
    if not delivered then
        delivered = '0-0'
        if redis.call('EXISTS', KEYS[1]) == 1 then
            for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
                for field = 1, #group, 2 do
                    if group[field] == 'last-delivered-id' then delivered = group[field + 1] end
                end
            end
        end
    end
    local ms, seq = number(id)
    local last_ms, last_seq = number(delivered)
    return ms > last_ms or (ms == last_ms and seq > last_seq)
end
for index = 2, #ARGV do
    local id = redis.call('HGET', KEYS[2], ARGV[index])
    local reachable = false
    if id and #redis.call('XRANGE', KEYS[1], id, id) == 1 then
        reachable = waits(id) or #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1) == 1
        if not reachable then redis.call('XDEL', KEYS[1], id) end
    end
    if not reachable then
        redis.call('HSET', KEYS[2], ARGV[index], redis.call('XADD', KEYS[1], '*', 'k', ARGV[index]))
    end
end
"""

# ARGV: group, then entry and ticket key, ... .
ACKNOWLEDGE = """
for index = 2, #ARGV, 2 do
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[index])
    redis.call('XDEL', KEYS[1], ARGV[index])
    if redis.call('HGET', KEYS[2], ARGV[index + 1]) == ARGV[index] then
        redis.call('HDEL', KEYS[2], ARGV[index + 1])
    end
end
"""

# ARGV: group, consumer, the consumer to give to, its idle time, then entry and count of deliveries, ... . What somebody
# else has taken over by now stays with him.
RELEASE = """
for index = 5, #ARGV, 2 do
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[index], ARGV[index], 1)
    if pending[1] and pending[1][2] == ARGV[2] then
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[3], 0, ARGV[index],
            'IDLE', ARGV[4], 'RETRYCOUNT', ARGV[index + 1], 'JUSTID')
    end
end
"""

# ARGV: group, milliseconds. Deletes consumers that hold nothing and have not asked for anything for so long: those
# of processes that were killed. In one piece, because a deleted consumer takes what it holds along.
FORGET_CONSUMERS = """
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local found = {}
    for field = 1, #consumer, 2 do found[consumer[field]] = consumer[field + 1] end
    if found['pending'] == 0 and found['idle'] > tonumber(ARGV[2]) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], found['name'])
    end
end
"""
