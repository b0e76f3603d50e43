/*
 * Redis runs each as one step, so that nobody sees half of it. In an index, the field "#" counts commits, every other one is an
 * entry: its number, a blank, and its record. Nothing is without an expiry at any time.
 */

/** Stores a piece. KEYS: body. ARGV: number, bytes, checksum, milliseconds until it goes if nothing more comes. */
export const putPiece = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'c' .. ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

/**
 * Lets an entry be found instead of others, if its body is whole. KEYS: index, body.
 * ARGV: id, record, pieces before the last, milliseconds to keep it, grace, most entries of a key, the last piece (may be empty), its
 * checksum, ids of those that it replaces.
 */
export const commitEntry = `
if redis.call('HLEN', KEYS[2]) ~= 2 * ARGV[3] then return 0 end
if #ARGV[7] > 0 then redis.call('HSET', KEYS[2], ARGV[3], ARGV[7], 'c' .. ARGV[3], ARGV[8]) end
local number = redis.call('HINCRBY', KEYS[1], '#', 1)
redis.call('HSET', KEYS[1], ARGV[1], number .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
local function drop(id)
  if redis.call('HDEL', KEYS[1], id) == 1 then redis.call('PEXPIRE', KEYS[1] .. ':' .. id, ARGV[5]) end
end
for i = 9, #ARGV do drop(ARGV[i]) end
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[6]) + 1 then
  local fields = redis.call('HGETALL', KEYS[1])
  local oldest, oldestNumber
  for i = 1, #fields, 2 do
    local its = tonumber(string.match(fields[i + 1], '^(%d+) '))
    if fields[i] ~= '#' and (its == nil or oldest == nil or its < oldestNumber) then
      oldest, oldestNumber = fields[i], its or -1
    end
  end
  drop(oldest)
end
return 1`;

/** Puts another record on an entry. KEYS: index, body. ARGV: id, record, milliseconds to keep it. */
export const freshenEntry = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], string.match(old, '^%d+') .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`;

/** Removes entries, whose bodies stay for a while for those who read them. KEYS: index. ARGV: grace, "all" or "some", ids of those. */
export const removeEntries = `
local ids = {}
if ARGV[2] == 'all' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
    if id ~= '#' then ids[#ids + 1] = id end
  end
else
  for i = 3, #ARGV do ids[#ids + 1] = ARGV[i] end
end
local count = 0
for _, id in ipairs(ids) do
  if redis.call('HDEL', KEYS[1], id) == 1 then
    count = count + 1
    redis.call('PEXPIRE', KEYS[1] .. ':' .. id, ARGV[1])
  end
end
if redis.call('HLEN', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end
return count`;

/** Keeps a body for somebody who reads it. KEYS: body. ARGV: milliseconds that it must stay at least. */
export const extendBody = `
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return left`;
