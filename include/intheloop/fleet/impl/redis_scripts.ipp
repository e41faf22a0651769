// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_SCRIPTS_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_SCRIPTS_IPP

#include <intheloop/fleet/detail/redis_scripts.hpp>

namespace intheloop::redis {

namespace detail {

// KEYS: members, ends, state. Times are microseconds of the server, numbers are texts in an answer,
// where Redis would cut them. What no fleet has written counts as absent.
inline constexpr char const* script_begin = R"lua(
local members, ends, state = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local given_rate, given_flight, level_rate, level_flight, level_at, is_short, learning, is_back =
    0, 0, 0, 0, -1, 0, 0, 0
-- Both raise an error for what can't be: no number can be compared with what is none.
local function read_state(packed)
    local all = {cmsgpack.unpack(packed)}
    for i = 1, 8 do assert(all[i] <= math.huge) end
    return all
end
local function read_share(packed)
    local want_rate, want_flight, rate, flight, weight = cmsgpack.unpack(packed)
    assert(want_rate >= 0 and want_flight >= 0 and rate >= 0 and flight >= 0 and weight > 0)
    assert(want_rate + want_flight + rate + flight + weight < 1e300)
    return want_rate, want_flight, rate, flight, weight
end
local is_stored, stored = pcall(read_state, redis.pcall('GET', state))
if is_stored then
    given_rate, given_flight, level_rate, level_flight, level_at, is_short, learning, is_back =
        unpack(stored)
end
local function remove(name)
    local is_share, _, _, rate, flight = pcall(read_share, redis.call('HGET', members, name))
    if is_share then
        given_rate, given_flight = given_rate - rate, given_flight - flight
    end
    return redis.call('HDEL', members, name) == 1
end
local function store(life)
    redis.call('SET', state, cmsgpack.pack(given_rate, given_flight, level_rate, level_flight,
                                           level_at, is_short, learning, is_back), 'PX', life)
end
)lua";

// An end that lies further ahead than any that a fleet stores is none: somebody else has written
// it, or the clock was set back.
inline constexpr char const* notice_begin = R"lua(
local longest_pause = 3600000
local function left_of(key, now, longest)
    local got = redis.pcall('GET', key)
    local ends = type(got) == 'string' and tonumber(got) or 0
    return ends > now and ends <= now + longest * 1000 and math.ceil((ends - now) / 1000) or 0
end
)lua";

inline constexpr char const* claim_script = R"lua(
local known, paused, refused = KEYS[4], KEYS[5], KEYS[6]
local me = ARGV[1]
local number = {}
for i = 2, #ARGV do number[i] = tonumber(ARGV[i]) end
local limit_rate, limit_flight, want_rate, want_flight, held_rate, held_flight, safe_rate,
    safe_flight, weight, lease, longest_refusal = unpack(number, 2)
local min, max, floor = math.min, math.max, math.floor

local function end_leases(first, last)
    local over = redis.call('ZRANGEBYSCORE', ends, first, last)
    for _, name in ipairs(over) do remove(name) end
    if #over > 0 then redis.call('ZREMRANGEBYSCORE', ends, first, last) end
end
if not pcall(end_leases, '-inf', now) then redis.call('DEL', ends) end -- a key of another kind
end_leases(string.format('(%.0f', now + max(lease, 3600000) * 1000), '+inf')
if redis.call('EXISTS', ends) == 0 or type(redis.pcall('HLEN', members)) ~= 'number' then
    redis.call('DEL', members)
end
local is_old, _, _, before_rate, before_flight =
    pcall(read_share, redis.call('HGET', members, me))
if not is_old then
    redis.call('HDEL', members, me)
    before_rate, before_flight = 0, 0
end
local count = redis.call('HLEN', members)
if count == 0 then
    given_rate, given_flight, is_back = 0, 0, 0
    if redis.call('EXISTS', known) == 0 then learning = now + lease * 1000 end
end
redis.call('SET', known, '1', 'EX', 604800)
local holds_any = held_flight > 0
if limit_rate > 0 then holds_any = held_rate > 0 end
if holds_any and not is_old and is_back == 0 and (count == 0 or now < learning) then
    is_back, learning = 1, now + (lease + 5000) * 1000
end
learning = min(learning, now + (lease + 5000) * 1000)
local is_learning = now < learning

given_rate, given_flight = given_rate - before_rate, given_flight - before_flight
if not is_old then count = count + 1 end

-- The level up to which each gets what it wants: max-min fair shares.
local function fair_level(wants, limit)
    table.sort(wants, function(a, b) return a[1] * b[2] < b[1] * a[2] end)
    local weights = 0
    for _, each in ipairs(wants) do weights = weights + each[2] end
    for _, each in ipairs(wants) do
        if each[1] * weights > limit * each[2] then return limit / weights end
        limit = limit - each[1]
        weights = weights - each[2]
    end
    return math.huge
end
if count <= 128 or level_at < 0 or level_at > now or now - level_at >= 20 * count then
    level_at, is_short, given_rate, given_flight = now, 0, 0, 0
    local rates, flights = {{want_rate, weight}}, {{want_flight, weight}}
    local has_end = {} -- a lease without an end would never be over
    for _, name in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', '+inf')) do
        has_end[name] = true
    end
    local all = redis.call('HGETALL', members)
    for i = 1, #all, 2 do
        if all[i] ~= me then
            local is_share, rate, flight, has_rate, has_flight, its_weight =
                pcall(read_share, all[i + 1])
            if is_share and has_end[all[i]] then
                rates[#rates + 1] = {rate, its_weight}
                flights[#flights + 1] = {flight, its_weight, has_flight}
                given_rate, given_flight = given_rate + has_rate, given_flight + has_flight
            else
                redis.call('HDEL', members, all[i])
                count = count - 1
            end
        end
    end
    level_rate, level_flight = fair_level(rates, limit_rate), fair_level(flights, limit_flight)
    for _, each in ipairs(flights) do
        local flight, its_weight, has_flight = each[1], each[2], each[3]
        local fair = floor(min(flight, its_weight * level_flight))
        if has_flight and flight >= 1 and has_flight < max(1, fair) then is_short = 1 end
    end
end

local fair_rate = min(want_rate, weight * level_rate)
local level = weight * level_flight
local fair_flight = min(want_flight, level)
if is_short == 1 then
    local least = min(1, want_flight)
    if before_flight >= 1 and level < 1 then least = 0 end
    fair_flight = max(least, floor(fair_flight))
else
    fair_flight = math.ceil(fair_flight)
end
if is_learning then
    fair_rate = min(want_rate, holds_any and held_rate or safe_rate)
    fair_flight = min(want_flight, max(held_flight, safe_flight))
end
local rate, flight = 0, 0
if limit_rate > 0 then rate = max(0, min(limit_rate - given_rate, fair_rate)) end
if limit_flight > 0 then flight = floor(max(0, min(limit_flight - given_flight, fair_flight))) end
local counted_flight = max(flight, min(before_flight, held_flight))
given_rate, given_flight = given_rate + rate, given_flight + counted_flight

local has_less = limit_rate > 0 and rate < 0.9 * fair_rate or
    limit_flight > 0 and flight < min(1, want_flight)
local own = lease
if has_less then own = floor(lease / 4) elseif is_learning then own = floor(lease / 2) end
redis.call('HSET', members, me, cmsgpack.pack(want_rate, want_flight, rate, counted_flight, weight))
redis.call('ZADD', ends, now + own * 1000, me)
local life = max(2 * lease, redis.call('PTTL', members), math.ceil((learning - now) / 1000))
redis.call('PEXPIRE', members, life)
redis.call('PEXPIRE', ends, life)
store(life)

local function text(value) return string.format('%.17g', value) end
return {text(rate), text(flight), text(own), text(count),
        text(left_of(paused, now, longest_pause)),
        text(left_of(refused, now, max(longest_pause, longest_refusal))), text(now)}
)lua";

inline constexpr char const* leave_script = R"lua(
redis.call('ZREM', ends, ARGV[1])
if remove(ARGV[1]) and is_stored then
    if redis.call('HLEN', members) == 0 then given_rate, given_flight = 0, 0 end
    store(math.max(1, redis.call('PTTL', state)))
end
return 1
)lua";

// Of two ends the later one counts.
inline constexpr char const* tell_script = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local longest = {longest_pause, math.max(longest_pause, tonumber(ARGV[4]))}
local left = {}
for i = 1, 2 do
    local told = math.min(tonumber(ARGV[i]), longest[i])
    left[i] = math.max(told, left_of(KEYS[i], now, longest[i]))
    if left[i] > 0 then
        redis.call('SET', KEYS[i], string.format('%.0f', now + left[i] * 1000), 'PX', left[i])
    end
end
redis.call('PUBLISH', ARGV[3], string.format('%.0f %.0f', left[1], left[2]))
return 1
)lua";

// A value that no lock has written, or that is beyond 2^52, can't be counted on.
inline constexpr char const* fence_begin = R"lua(
local function last_fence(key)
    local got = redis.pcall('GET', key)
    local last = type(got) == 'string' and tonumber(got) or 0
    return last >= 0 and last < 4503599627370496 and math.floor(last) or 0
end
)lua";

inline constexpr char const* lock_script = R"lua(
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then return {'0', string.format('%.0f', left)} end
local time = redis.call('TIME')
local fence = string.format('%.0f', math.max(last_fence(KEYS[2]) + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[1], fence, 'PX', ARGV[1])
redis.call('SET', KEYS[2], fence, 'EX', 604800)
return {fence, '0'}
)lua";

inline constexpr char const* unlock_script = R"lua(
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
)lua";

// KEYS: start, fence. Times are microseconds. A record that no start has written counts as absent.
inline constexpr char const* start_begin = R"lua(
local start, fences = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local advice, fence, starter, id, key, began, lease_ends = 'start_again', 0, '', '', '', now, 0
local function record_in(packed)
    local got = {pcall(cmsgpack.unpack, packed)}
    table.remove(got, 1)
    local kinds = {'string', 'number', 'string', 'string', 'string', 'number', 'number'}
    for i, kind in ipairs(kinds) do
        if type(got[i]) ~= kind then return nil end
    end
    local advices = {start_again = true, ask = true, ['repeat'] = true, resume = true}
    local function counts(each) return each >= 0 and each < 4503599627370496 end
    return advices[got[1]] and counts(got[2]) and counts(got[6]) and got or nil
end
local function usable(its_advice, its_id)
    return its_advice == 'resume' and its_id == '' and 'ask' or its_advice
end
local stored = record_in(redis.pcall('GET', start))
if stored then
    advice, fence, starter, id, key, began, lease_ends = unpack(stored)
    advice = usable(advice, id)
end
local function store(life)
    redis.call('SET', start, cmsgpack.pack(advice, fence, starter, id, key, began, lease_ends),
               'PX', life)
end
local function keep_fence()
    redis.call('SET', fences, string.format('%.0f', fence), 'EX', 604800)
end
local function renew_fence()
    fence = math.max(last_fence(fences) + 1, now)
    keep_fence()
end
)lua";

inline constexpr char const* claim_start_script = R"lua(
local me, takes_unclear, lease = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local before = advice
local is_held = now < lease_ends and lease_ends <= now + math.max(lease, 3600000) * 1000
local is_mine = is_held and starter == me
local mine, free_in = '0', 0
if advice ~= 'resume' and (is_mine or not is_held and (advice ~= 'ask' or takes_unclear)) then
    if not is_mine then renew_fence() end
    if advice == 'start_again' then began = now end
    starter, lease_ends = me, now + lease * 1000
    store(math.max(2 * lease, redis.call('PTTL', start)))
    mine = string.format('%.0f', fence)
elseif is_held then
    free_in = math.ceil((lease_ends - now) / 1000)
end
return {mine, before, id, key, string.format('%.0f', free_in),
        string.format('%.0f', math.max(0, math.floor((now - began) / 1000)))}
)lua";

// A fence of 0 tells the end of an export.
inline constexpr char const* note_start_script = R"lua(
local its_fence, its_id, lease, life = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[5]),
    tonumber(ARGV[6])
local its_advice = usable(ARGV[2], its_id)
if stored then
    if its_fence == 0 and (its_id == '' or its_id ~= id) or its_fence ~= 0 and its_fence ~= fence then
        return '0'
    end
    -- The network may deliver an earlier note behind the last one.
    if its_fence ~= 0 and life ~= 0 and advice == 'resume' and its_advice ~= 'resume' then
        return '1'
    end
    if its_fence == 0 or life == 0 then renew_fence() end
elseif its_fence == 0 then
    return '1'
elseif its_fence < last_fence(fences) then
    return '0'
end
if life == 0 then
    redis.call('DEL', start)
else
    if not stored then
        fence = its_fence
        if last_fence(fences) < fence then keep_fence() end
    end
    if its_fence ~= 0 and its_advice == 'resume' and advice ~= 'resume' then began = now end
    advice, id, key, lease_ends = its_advice, its_id, ARGV[4], now + lease * 1000
    if its_fence == 0 then life = math.min(life, math.max(1, redis.call('PTTL', start))) end
    store(life)
end
if lease == 0 then redis.call('PUBLISH', ARGV[7], '0 0') end
return '1'
)lua";

} // namespace detail

INTHELOOP_DECL scripts const& scripts::all() {
    // Never destroyed: last commands may run while the process exits.
    static scripts const& made = *[] {
        std::string const start_begin = std::string(detail::fence_begin) + detail::start_begin;
        std::string const notice_begin = detail::notice_begin;
        return new scripts{script(detail::script_begin + notice_begin + detail::claim_script),
                           script(std::string(detail::script_begin) + detail::leave_script),
                           script(notice_begin + detail::tell_script),
                           script(std::string(detail::fence_begin) + detail::lock_script),
                           script(detail::unlock_script),
                           script(start_begin + detail::claim_start_script),
                           script(start_begin + detail::note_start_script)};
    }();
    return made;
}

} // namespace intheloop::redis

#endif
