-- Live traffic for wrk: ten events a request, every request new: five sessions begin, and five end that began
-- LAG requests before. A million players, 16 countries. Bytes are patched in place, so that it costs little.
-- Where the environment has WHOLE_SECONDS, timestamps have no fraction.
local ffi = require("ffi")
local LAG = 3000
local countries = {"US", "US", "US", "CN", "CN", "JP", "DE", "DE", "BR", "FR", "GB", "IN", "KR", "FI", "SE", "MX"}
local number, thread, second, buffer, length = 0, 0, 0, nil, 0
local places = {player = {}, session = {}, country = {}, time = {}, micro = {}}
local threads = 0

function setup(t) t:set("thread", threads); threads = threads + 1 end

function init()
  local fraction = os.getenv("WHOLE_SECONDS") and "" or ".UUUUUU"
  local lines = {}
  for i = 1, 10 do
    local kind = i <= 5 and '"start", "country": "@@"' or '"end"'
    lines[i] = '{"event": ' .. kind .. ', "player_id": "PPPPPPPP' .. string.rep("0", 24) ..
      '", "session_id": "SSSSSSSS-RRRR-4aff-ba55-67563dfa35d4", "ts": "TTTTTTTTTTTTTTTTTTT' .. fraction .. '"}'
  end
  local text = wrk.format("POST", "/batchevents", {}, table.concat(lines, "\n"))
  -- Another run has other sessions.
  math.randomseed(os.time() * 16 + thread)
  text = text:gsub("RRRR", string.format("%04x", math.random(0, 65535)))
  length = #text
  buffer = ffi.new("uint8_t[?]", length)
  ffi.copy(buffer, text, length)
  local marks = {player = "PPPPPPPP", session = "SSSSSSSS", country = "@@", time = string.rep("T", 19), micro = "UUUUUU"}
  for name, mark in pairs(marks) do
    local from = 1
    while true do
      local at = text:find(mark, from, true)
      if not at then break end
      table.insert(places[name], at - 1)
      from = at + #mark
    end
  end
end

local function put(at, text) ffi.copy(buffer + at, text, #text) end

function request()
  number = number + 1
  local now = os.time()
  if now ~= second then
    second = now
    local text = os.date("!%Y-%m-%dT%H:%M:%S", now)
    for _, at in ipairs(places.time) do put(at, text) end
  end
  for i = 1, 10 do
    local session = i <= 5 and number * 5 + i or (number - LAG) * 5 + i - 5
    -- A linear congruential step: unique and without order.
    local mixed = (session % 4294967296 * 1664525 + 1013904223 + thread * 97) % 4294967296
    put(places.session[i], string.format("%08x", mixed))
    put(places.player[i], string.format("%08x", mixed * 69069 % 1048576))
    if places.micro[i] then put(places.micro[i], string.format("%06d", (number * 10 + i) % 1000000)) end
    if i <= 5 then put(places.country[i], countries[mixed % 16 + 1]) end
  end
  return ffi.string(buffer, length)
end
