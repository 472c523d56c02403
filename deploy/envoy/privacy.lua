-- What Envoy does with a request: asks the privacy-service what its reader may see, and answers accordingly.
--
-- Where the answer must be masked, this filter itself asks the API, and no route leads there. A filter of Envoy that
-- fails lets the request go on, so that it must go nowhere: the last route is a 503.

local UNAVAILABLE = {503, "unavailable", "The privacy-service does not answer", "Nothing was passed on. Try again in a second."}
local READER_MISSING = {401, "actor-missing", "Nobody is named who would read this",
  "Sign in. A reader is named by a token, or by a proxy that this one trusts."}
local READER_UNCLEAR = {400, "actor-unclear", "More than one reader is named",
  "The proxy in front must replace the header that names the reader, not add another one."}
local NOT_A_MEMBER = {403, "not-a-member", "The reader is not a member of this workspace",
  "An owner of the workspace can add them."}
local UPGRADE_REFUSED = {501, "upgrade-refused", "The proxy speaks plain HTTP alone",
  "WebSocket and other upgrades are not passed on: what they carry could not be masked."}
local TYPE_BLOCKED = {403, "type-blocked", "This kind of content is not passed on",
  "It cannot be masked. An administrator can name its type among those that the proxy passes on."}
local FAILED = {502, "upstream-failed", "The upstream does not answer as it should",
  "Nothing was passed on. Ask whoever runs the upstream."}
local TIMEOUT = {504, "upstream-timeout", "The upstream takes too long",
  "Nothing was passed on. Try again, or ask whoever runs the upstream."}
local UNREADABLE = {502, "upstream-unreadable", "The upstream's answer cannot be masked",
  "It is compressed, a part, without an end that can be seen, not in UTF-8 or not what its content type says."}

local KINDS = {
  ["application/json"] = "application/json",
  ["application/x-ndjson"] = "application/x-ndjson",
  ["application/ndjson"] = "application/x-ndjson",
  ["application/jsonl"] = "application/x-ndjson",
  ["text/csv"] = "text/csv",
  ["text/plain"] = "text/plain",
  ["application/x-www-form-urlencoded"] = "application/x-www-form-urlencoded",
}
-- What is passed on though it cannot be masked.
local PASSED = {
  ["text/css"] = true, ["text/javascript"] = true, ["application/javascript"] = true, ["image/png"] = true,
  ["image/gif"] = true, ["image/jpeg"] = true, ["image/webp"] = true, ["image/avif"] = true, ["image/x-icon"] = true,
}
-- Refusals of the privacy-service that are about the reader, and theirs to know; and those about what the API sent.
local ABOUT_THE_READER = {["actor-missing"] = true, ["actor-token-refused"] = true, ["actor-unclear"] = true,
  ["not-a-member"] = true, ["unknown-workspace"] = true}
local ABOUT_THE_BODY = {["body-too-deep"] = true, ["body-too-large"] = true, ["invalid-body"] = true,
  ["unsupported-media-type"] = true}

-- Of one connection, or asking for a part of what is another thing once masked.
local NOT_TO_THE_API = {["connection"] = true, ["keep-alive"] = true, ["te"] = true, ["transfer-encoding"] = true,
  ["content-length"] = true, ["upgrade"] = true, ["expect"] = true, ["accept-encoding"] = true, ["range"] = true,
  ["if-range"] = true, ["if-none-match"] = true, ["if-modified-since"] = true, [":scheme"] = true}
-- Headers of an answer that say nothing of a person, or belong to the reader.
local PLAIN = {["set-cookie"] = true, ["www-authenticate"] = true, ["retry-after"] = true, ["allow"] = true,
  ["content-language"] = true, ["content-security-policy"] = true, ["referrer-policy"] = true, ["x-request-id"] = true,
  ["strict-transport-security"] = true, ["x-frame-options"] = true}
-- Headers that speak of the body as it was: of its length, its packing, and how long it may be kept.
local OF_THE_BODY = {["connection"] = true, ["transfer-encoding"] = true, ["etag"] = true, ["last-modified"] = true,
  ["cache-control"] = true, ["expires"] = true, ["age"] = true, ["vary"] = true, ["pragma"] = true, ["digest"] = true,
  ["repr-digest"] = true, ["trailer"] = true, ["accept-ranges"] = true, ["keep-alive"] = true, ["server"] = true,
  ["date"] = true, ["alt-svc"] = true}
local REDIRECTS = {["301"] = true, ["302"] = true, ["303"] = true, ["307"] = true, ["308"] = true}
local TELLING = {"pii-decision", "pii-reason", "pii-entities", "pii-policy"}

local function note(handle, name, value)
  handle:streamInfo():dynamicMetadata():set("privacy", name, value)
end

local function noted(handle, name)
  return (handle:streamInfo():dynamicMetadata():get("privacy") or {})[name]
end

local function private(handle, headers)
  headers["pii-request-id"] = noted(handle, "request_id")
  headers["cache-control"] = "private, no-store"
  headers["x-content-type-options"] = "nosniff"
  return headers
end

-- Answers with a problem; `error` ends the filter at once, and is no fault.
local ANSWERED = {}
local function refuse(handle, problem)
  note(handle, "outcome", problem[2])
  local headers = private(handle, {[":status"] = tostring(problem[1]), ["content-type"] = "application/problem+json"})
  if problem[1] == 503 then headers["retry-after"] = "1" end
  if problem[1] == 401 then headers["www-authenticate"] = 'Bearer realm="privacy-service"' end
  local said = '{"type":"about:blank","title":"%s","status":%d,"detail":"%s","reason":"%s"}\n'
  handle:respond(headers, said:format(problem[3], problem[1], problem[4], problem[2]))
  error(ANSWERED)
end

local function first(value)
  return type(value) == "table" and value[1] or value
end

local function media_type(content_type)
  return (content_type or ""):match("^%s*([^;%s]*)"):lower()
end

local function kind_of(content_type)
  local media = media_type(content_type)
  local kind = media:match("^application/.+%+json$") and "application/json" or KINDS[media]
  local parameters = (content_type or ""):match(";.*$") or ""
  return kind and kind .. parameters
end

local function names_in(handle)
  local address = handle:streamInfo():downstreamDirectRemoteAddress():gsub(":%d+$", ""):gsub("[%[%]]", "")
  local named, wanted = {}, PRIVACY.reader_header:lower()
  for name, value in pairs(handle:headers()) do
    if name == wanted and PRIVACY.trusted[address] and value ~= "" then named[#named + 1] = value end
  end
  return named
end

local function token_in(handle)
  if PRIVACY.token_from == "" then return "" end
  local value = handle:headers():get(PRIVACY.token_from) or ""
  return value:match("^[Bb]earer +([^ ]+)$") or (PRIVACY.token_from ~= "authorization" and value) or ""
end

local function ask_service(handle, reader, call, method, content_type, body)
  local headers = {
    [":method"] = method, [":path"] = "/v1/workspaces/" .. PRIVACY.workspace .. "/" .. call,
    [":authority"] = "privacy-service", ["x-api-key"] = PRIVACY.api_key, ["content-type"] = content_type,
    ["pii-system"] = PRIVACY.system .. "; way=envoy",  -- For the register of integrated systems.
    ["traceparent"] = handle:headers():get("traceparent"),
  }
  if reader.name ~= "" then headers["actor"] = reader.name end
  if reader.token ~= "" then headers["actor-token"] = reader.token end
  if PRIVACY.source ~= "" then headers["source"] = PRIVACY.source end
  local answer, text = handle:httpCall("privacy_service", headers, body, PRIVACY.service_milliseconds)
  if answer["pii-request-id"] then note(handle, "request_id", answer["pii-request-id"]) end
  return answer, text or ""
end

-- What a refusal of the privacy-service means for the reader.
local function refusal(answer, text)
  local reason = media_type(answer["content-type"]) == "application/problem+json" and text:match('"reason":"([%a-]+)"')
  if ABOUT_THE_READER[reason] then
    return {tonumber(answer[":status"]), reason, "The reader is refused", "Sign in again, or ask an owner of the workspace."}
  end
  return ABOUT_THE_BODY[reason] and UNREADABLE or UNAVAILABLE
end

local function mask(handle, reader, body, kind)
  local answer, shown = ask_service(handle, reader, "mask", "POST", kind, body)
  local effect = answer["pii-decision"]
  if answer[":status"] ~= "200" or (effect ~= "mask" and effect ~= "pass") then
    refuse(handle, refusal(answer, shown))
  end
  if tostring(#shown) ~= answer["content-length"] then refuse(handle, UNAVAILABLE) end  -- It broke off.
  return shown, answer
end

local function body_of(handle)
  local body = handle:body()
  return body and body:length() > 0 and body:getBytes(0, body:length()) or nil
end

local function headers_for_api(handle, reader)
  local headers = {}
  for name, value in pairs(handle:headers()) do
    if not NOT_TO_THE_API[name] and name ~= PRIVACY.reader_header:lower() then
      local before = headers[name]
      if not before then headers[name] = value
      elseif type(before) == "table" then before[#before + 1] = value
      else headers[name] = {before, value} end
    end
  end
  headers["accept-encoding"] = "identity"
  if reader.name ~= "" then headers[PRIVACY.reader_header:lower()] = reader.name end
  return headers
end

-- The API's answer, where it is one: whole, unpacked, and not a part of another.
local function ask_api(handle, reader)
  local options = {timeout_ms = PRIVACY.upstream_milliseconds, return_duplicate_headers = true}
  local answer, text = handle:httpCall("api", headers_for_api(handle, reader), reader.sends, options)
  text = text or ""
  local status, typed = first(answer[":status"]), answer["content-type"]
  -- Envoy says these in the place of an API that broke off, sent too much, was not there or took too long.
  if not typed and status == "503" and text == "upstream failure" then refuse(handle, FAILED) end
  if text:find("^upstream connect error") then refuse(handle, FAILED) end
  if status == "504" and text == "upstream request timeout" then refuse(handle, TIMEOUT) end
  local packed = first(answer["content-encoding"])
  local has_end = answer["content-length"] or answer["transfer-encoding"] or text == ""
  if status == "206" or status == "304" or not has_end or (packed and packed ~= "identity") then
    refuse(handle, UNREADABLE)
  end
  return answer, text
end

local function body_shown(handle, reader, answer, text)
  local status, typed = first(answer[":status"]), first(answer["content-type"])
  if text == "" or REDIRECTS[status] then return "", {} end
  local kind = kind_of(typed)
  if kind then return mask(handle, reader, text, kind) end
  if PASSED[media_type(typed)] or media_type(typed):find("^font/") then return text, {} end
  if tonumber(status) >= 400 then
    refuse(handle, {tonumber(status), "upstream-failed", "The upstream refuses",
      "What it says cannot be masked, and is not passed on."})
  end
  refuse(handle, TYPE_BLOCKED)
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(sign) return ("\\u%04x"):format(sign:byte()) end) .. '"'
end

local function unescaped(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

-- Each header that is not plain is a line of NDJSON beside its name, which comes back unchanged or is left out.
local function headers_shown(handle, reader, answer)
  local shown, asked, lines = {}, {}, {}
  for name, value in pairs(answer) do
    local plain = PLAIN[name] or name:find("^access%-control%-") or name:find("^x%-ratelimit%-") or name:find("^ratelimit")
    if plain then
      shown[name] = value
    elseif name:sub(1, 1) ~= ":" and not OF_THE_BODY[name] and not name:find("^content%-") and not name:find("^pii%-")
        and not name:find("^x%-envoy%-") then
      local said = first(value)
      asked[#asked + 1] = {name, said}
      lines[#lines + 1] = ("{%s:[%s,%s]}"):format(quoted(name), quoted(said), quoted(unescaped(said)))
    end
  end
  if #asked > 0 then
    local masked, at = mask(handle, reader, table.concat(lines, "\n"), "application/x-ndjson"), 0
    for line in (masked .. "\n"):gmatch("(.-)\n") do
      at = at + 1
      if asked[at] and line == lines[at] then shown[asked[at][1]] = asked[at][2] end
    end
  end
  if REDIRECTS[first(answer[":status"])] and not shown["location"] then refuse(handle, UNREADABLE) end
  return shown
end

local function answer_masked(handle, reader)
  local answer, text = ask_api(handle, reader)
  local body, told = body_shown(handle, reader, answer, text)
  local headers = private(handle, headers_shown(handle, reader, answer))
  for _, name in ipairs(TELLING) do headers[name] = told[name] end
  headers[":status"] = first(answer[":status"])
  headers["content-type"] = first(answer["content-type"])
  note(handle, "outcome", "masked")
  handle:respond(headers, body)
  error(ANSWERED)
end

-- Before the release all passes, unread. The shadow stage lives from what /mask is shown, so a few answers go there.
local function show_shadow(handle, reader, reason)
  local is_get = handle:headers():get(":method") == "GET"
  if reason ~= "not-released" or not is_get or math.random() >= PRIVACY.shadow_share then return end
  local headers = headers_for_api(handle, reader)
  local answer, text = handle:httpCall("api", headers, nil, PRIVACY.upstream_milliseconds)
  local kind = kind_of(answer["content-type"])
  if kind and text and not answer["content-encoding"] then ask_service(handle, reader, "mask", "POST", kind, text) end
end

local function pass(handle, reader, reason)
  show_shadow(handle, reader, reason)
  local headers = handle:headers()
  headers:remove(PRIVACY.reader_header)
  if reader.name ~= "" then headers:add(PRIVACY.reader_header, reader.name) end
  note(handle, "outcome", "passed")
  note(handle, "reason", reason)
  note(handle, "effect", "pass")
  handle:clearRouteCache()  -- Now the route to the API is open.
end

local function answer_reader(handle)
  if handle:headers():get("upgrade") then refuse(handle, UPGRADE_REFUSED) end
  local names = names_in(handle)
  if #names > 1 then refuse(handle, READER_UNCLEAR) end
  local reader = {name = names[1] or "", token = token_in(handle)}
  if reader.name == "" and reader.token == "" then refuse(handle, READER_MISSING) end
  reader.sends = body_of(handle)  -- Envoy gives it now or, once something else was waited for, never.
  local answer, text = ask_service(handle, reader, "decision", "GET")
  local effect, reason = text:match('^{"effect":"(%a+)","reason":"([%a-]+)"')
  if answer[":status"] ~= "200" then refuse(handle, refusal(answer, text)) end
  if effect == "pass" then return pass(handle, reader, reason) end
  note(handle, "effect", effect or "")
  if effect == "mask" then return answer_masked(handle, reader) end
  refuse(handle, effect == "deny" and NOT_A_MEMBER or UNAVAILABLE)
end

function envoy_on_request(handle)
  local went_well, fault = pcall(answer_reader, handle)
  if not went_well and fault ~= ANSWERED then
    handle:logErr("the filter failed; nothing was passed on")
    pcall(refuse, handle, UNAVAILABLE)
  end
end

function envoy_on_response(handle)
  local reason = noted(handle, "reason")
  if noted(handle, "effect") ~= "pass" or reason == "not-released" then return end
  for name, value in pairs(private(handle, {["pii-decision"] = "pass", ["pii-reason"] = reason})) do
    handle:headers():replace(name, value)
  end
end
