// What nginx does with a request: asks the privacy-service what its reader may see, and answers accordingly.
//
// Nothing of the API's answer leaves here but what the privacy-service gave back. Whatever throws ends in a 503, and
// an error that even that cannot tell of closes the connection.

const UNAVAILABLE = {status: 503, reason: 'unavailable', title: 'The privacy-service does not answer',
    detail: 'Nothing was passed on. Try again in a second.', retry: '1'};
const READER_MISSING = {status: 401, reason: 'actor-missing', title: 'Nobody is named who would read this',
    detail: 'Sign in. A reader is named by a token, or by a proxy that this one trusts.'};
const READER_UNCLEAR = {status: 400, reason: 'actor-unclear', title: 'More than one reader is named',
    detail: 'The proxy in front must replace the header that names the reader, not add another one.'};
const UNCLEAR_PATH = {status: 400, reason: 'bad-request', title: 'The path can be read in two ways',
    detail: 'It holds `.` or `..`, an encoded slash or a backslash; name it plainly.'};
const UPGRADE_REFUSED = {status: 501, reason: 'upgrade-refused', title: 'The proxy speaks plain HTTP alone',
    detail: 'WebSocket and other upgrades are not passed on: what they carry could not be masked.'};
const TYPE_BLOCKED = {status: 403, reason: 'type-blocked', title: 'This kind of content is not passed on',
    detail: 'It cannot be masked. An administrator can name its type among those that the proxy passes on.'};
const BODY_TOO_LARGE = {status: 413, reason: 'body-too-large', title: 'The request is too large',
    detail: 'Send it in several requests, or have an administrator raise PROXY_REQUEST_LIMIT.'};
const FAILED = {status: 502, reason: 'upstream-failed', title: 'The upstream does not answer as it should',
    detail: 'Nothing was passed on. Ask whoever runs the upstream.'};
const TIMEOUT = {status: 504, reason: 'upstream-timeout', title: 'The upstream takes too long',
    detail: 'Nothing was passed on. Try again, or ask whoever runs the upstream.'};

// Refusals of the privacy-service that are about the reader, and theirs to know.
const ABOUT_THE_READER = ['actor-missing', 'actor-token-refused', 'actor-unclear', 'not-a-member', 'unknown-workspace'];
// And those about what the API sent.
const ABOUT_THE_BODY = {
    'body-too-deep': 'It is nested too deep.',
    'body-too-large': 'It is larger than the privacy-service takes.',
    'invalid-body': 'It is not what its content type says.',
    'unsupported-media-type': 'It is not in UTF-8.',
};

const KINDS = {
    'application/json': 'application/json',
    'application/x-ndjson': 'application/x-ndjson',
    'application/ndjson': 'application/x-ndjson',
    'application/jsonl': 'application/x-ndjson',
    'text/csv': 'text/csv',
    'text/plain': 'text/plain',
    'application/x-www-form-urlencoded': 'application/x-www-form-urlencoded',
};

// Headers of an answer that say nothing of a person, or belong to the reader.
const PLAIN = /^(set-cookie|www-authenticate|retry-after|allow|content-language|content-security-policy|referrer-policy|deprecation|sunset|x-powered-by|x-request-id|traceresponse)$/;
const PLAIN_FAMILY = /^(access-control-|x-ratelimit-|ratelimit|strict-transport-|x-frame-|cross-origin-)/;
// Headers that speak of the body as it was: of its length, its packing, and how long it may be kept.
const OF_THE_BODY = /^(content-|transfer-|etag$|last-modified$|cache-control$|expires$|age$|vary$|pragma$|digest$|repr-digest$|trailer$|accept-ranges$|connection$|keep-alive$|server$|date$|alt-svc$|privacy-|pii-)/;
// What nginx reads as one path, and the API perhaps as another.
const UNCLEAR = /%2f|%5c|%00|\\|(^|\/)(\.|%2e){1,2}(\/|$)/i;
const STREAMS = 'text/event-stream';
const TELLING = ['PII-Decision', 'PII-Reason', 'PII-Entities', 'PII-Policy'];
const REDIRECTS = [301, 302, 303, 307, 308];
const SEAL_LENGTH = 37;  // A request id of 32 digits and one of the words below.
const WHOLE = 'whole', LARGE = 'large', ENDLESS = 'flows', LATE = 'later';


function answer(r) {
    return answered(r).catch(() => refuse(r, UNAVAILABLE));
}

async function answered(r) {
    if (r.headersIn.Upgrade) {
        return refuse(r, UPGRADE_REFUSED);
    }
    if (UNCLEAR.test(r.variables.request_uri.split('?')[0])) {
        return refuse(r, UNCLEAR_PATH);
    }
    const named = readers_named(r);
    if (named.length > 1) {
        return refuse(r, READER_UNCLEAR);
    }
    r.variables.privacy_actor = named[0] || '';
    if (!named[0] && !r.variables.privacy_token) {
        return refuse(r, READER_MISSING);
    }
    const reply = await r.subrequest('/_privacy/decision', {method: 'GET', body: ''});
    return as_decided(r, reply);
}

function readers_named(r) {
    if (r.variables.privacy_is_trusted !== '1') {
        return [];
    }
    const header = r.variables.privacy_reader_header.toLowerCase();
    return r.rawHeadersIn.filter((one) => one[0].toLowerCase() === header && one[1]).map((one) => one[1]);
}

async function as_decided(r, reply) {
    const decision = reply.status === 200 ? JSON.parse(reply.responseText) : {};
    r.variables.privacy_effect = decision.effect || '';
    r.variables.privacy_reason = decision.reason || '';
    note(r, reply);
    if (decision.effect === 'pass') {
        await show_shadow(r).catch(() => null);  // Whatever becomes of it, the reader gets what passes.
        return r.internalRedirect('/_privacy/pass');
    }
    if (decision.effect === 'mask') {
        return masked(r);
    }
    if (decision.effect === 'deny') {
        return refuse(r, {status: 403, reason: decision.reason, title: 'The reader is not a member of this workspace',
            detail: 'An owner of the workspace can add them.'});
    }
    return refuse(r, refusal(reply));
}

// Before the release all passes, unread. The shadow stage lives from what /mask is shown, so a few answers go there.
async function show_shadow(r) {
    const is_drawn = Math.random() < Number(r.variables.privacy_shadow_share);
    if (r.variables.privacy_reason !== 'not-released' || r.method !== 'GET' || !is_drawn) {
        return;
    }
    const reply = await r.subrequest('/_privacy/whole', {method: 'GET'});
    const found = opened(r, reply);
    if (found.kind && found.body.length && !found.problem) {
        await mask(r, found.body, found.kind);
    }
}

function passed(r) {
    if (r.variables.privacy_effect !== 'pass') {
        return;  // An answer of our own.
    }
    r.variables.privacy_outcome = 'passed';
    if (r.variables.privacy_reason === 'not-released') {
        return;  // Before the release nothing is other than without us.
    }
    mark_private(r);
    r.headersOut['PII-Decision'] = 'pass';
    r.headersOut['PII-Reason'] = r.variables.privacy_reason;
}

async function masked(r) {
    const reply = await r.subrequest('/_privacy/whole', {method: r.method});
    const found = opened(r, reply);
    if (found.problem) {
        return refuse(r, found.problem);
    }
    const shown = await body_shown(r, reply, found);
    if (shown.problem) {
        return refuse(r, shown.problem);
    }
    const headers = await headers_shown(r, reply);
    if (headers.problem) {
        return refuse(r, headers.problem);
    }
    headers.shown.forEach((one) => set_header(r, one[0], one[1]));
    TELLING.forEach((name) => set_header(r, name, shown.told && shown.told[name]));
    return send(r, reply.status, found.type, shown.body);
}

// An answer of the API without its seal, or the problem that it is.
function opened(r, reply) {
    const trouble = reply.headersOut['Privacy-Upstream'];
    const type = reply.headersOut['Content-Type'] || '';
    const found = {type: type, kind: kind_of(type), body: Buffer.from('')};
    if (trouble === 'failed' || trouble === 'timeout') {
        found.problem = trouble === 'failed' ? FAILED : TIMEOUT;
    } else if (reply.status === 304 || reply.status === 206) {
        // Nothing was asked of the API that could be answered so; a part may begin in the middle of a number.
        found.problem = unreadable('It is a part, or "not modified", which nobody asked for.');
    } else if (r.method !== 'HEAD' && reply.status !== 204) {
        unseal(r, reply, found);
        if (trouble === 'unframed' && !found.problem) {
            found.problem = unreadable('It has neither a length nor chunks: its end looks like a break.');
        }
    }
    return found;
}

function unseal(r, reply, found) {
    const sealed = reply.responseBuffer || Buffer.from('');
    const seal = sealed.slice(-SEAL_LENGTH).toString();
    const word = seal.slice(32);
    if (seal.slice(0, 32) !== r.variables.request_id) {
        found.problem = FAILED;  // It broke off.
    } else if (word === WHOLE) {
        found.body = sealed.slice(0, sealed.length - SEAL_LENGTH);
    } else if (word === LARGE) {
        found.problem = unreadable(`It is larger than ${r.variables.privacy_answer_limit} bytes (PROXY_ANSWER_LIMIT).`);
    } else {
        found.problem = word === ENDLESS ? TYPE_BLOCKED : TIMEOUT;
    }
}

async function body_shown(r, reply, found) {
    r.variables.privacy_media_type = media_type(found.type);
    const packed = reply.headersOut['Content-Encoding'];
    if (packed && packed !== 'identity') {
        return {problem: unreadable('It is compressed in a way that was not asked for.')};
    }
    if (!found.body.length || REDIRECTS.includes(reply.status)) {
        return {body: Buffer.from('')};  // What a redirect says beside its address, nobody reads.
    }
    if (found.kind) {
        return mask(r, found.body, found.kind);
    }
    if (r.variables.privacy_rule === 'pass') {
        return {body: found.body};
    }
    if (reply.status >= 400) {
        return {problem: {status: reply.status, reason: 'upstream-failed', title: 'The upstream refuses',
            detail: 'What it says cannot be masked, and is not passed on.'}};
    }
    return {problem: TYPE_BLOCKED};
}

// A body as the reader may see it, in `body`, or the `problem`.
async function mask(r, body, kind) {
    r.variables.privacy_content_type = kind;
    const reply = await r.subrequest('/_privacy/mask', {method: 'POST', body: body});
    note(r, reply);
    const shown = reply.responseBuffer || Buffer.from('');
    const effect = reply.headersOut['PII-Decision'];
    if (reply.status !== 200 || (effect !== 'mask' && effect !== 'pass')) {
        return {problem: refusal(reply)};
    }
    if (String(shown.length) !== reply.headersOut['Content-Length']) {
        return {problem: UNAVAILABLE};  // It broke off.
    }
    return {body: shown, told: reply.headersOut};
}

// The headers that the reader gets: what is not plain is masked beside its name, and left out where that changes it.
async function headers_shown(r, reply) {
    const all = reply.rawHeadersOut.map((one) => [one[0], one[1], one[0].toLowerCase()]);
    const plain = (one) => PLAIN.test(one[2]) || PLAIN_FAMILY.test(one[2]);
    const is_asked = (one) => !plain(one) && !OF_THE_BODY.test(one[2]) && unescaped(one[1]) !== undefined;
    const asked = all.filter(is_asked);
    let unchanged = [];
    if (asked.length) {
        const said = asked.map((one) => ({[one[0]]: [one[1], unescaped(one[1])]}));
        const masked = await mask(r, Buffer.from(JSON.stringify(said)), 'application/json');
        if (masked.problem) {
            return masked;
        }
        const shown = JSON.parse(masked.body.toString());
        unchanged = asked.filter((one, at) => JSON.stringify(shown[at]) === JSON.stringify(said[at]));
    }
    if (REDIRECTS.includes(reply.status) && !unchanged.some((one) => one[2] === 'location')) {
        return {problem: unreadable('It leads to an address that holds personal data.')};
    }
    return {shown: all.filter(plain).concat(unchanged)};
}

// The value as a person reads it; undefined where its escapes are broken.
function unescaped(value) {
    try {
        return decodeURIComponent(value);
    } catch (e) {
        return undefined;
    }
}

function set_header(r, name, value) {
    const before = r.headersOut[name];
    if (value) {
        r.headersOut[name] = name.toLowerCase() === 'set-cookie' && before ? before.concat([value]) : value;
    }
}

function send(r, status, type, body) {
    mark_private(r);
    r.variables.privacy_outcome = 'masked';
    if (type) {
        r.headersOut['Content-Type'] = type;
    }
    if (REDIRECTS.includes(status) || r.method === 'HEAD') {
        r.status = status;  // `return` would read the body as the address.
        r.sendHeader();
        return r.finish();
    }
    return r.return(status, body);
}

function mark_private(r) {
    r.headersOut['Cache-Control'] = 'private, no-store';
    r.headersOut['X-Content-Type-Options'] = 'nosniff';
    r.headersOut['PII-Request-Id'] = r.variables.privacy_request_id;
}

function note(r, reply) {
    r.variables.privacy_request_id = reply.headersOut['PII-Request-Id'] || r.variables.privacy_request_id || '';
}

// What a refusal of the privacy-service means for the reader.
function refusal(reply) {
    const is_problem = media_type(reply.headersOut['Content-Type'] || '') === 'application/problem+json';
    const problem = is_problem ? JSON.parse(reply.responseText) : {};
    if (ABOUT_THE_READER.includes(problem.reason)) {
        return {status: reply.status, reason: problem.reason, title: problem.title, detail: problem.detail};
    }
    const of_the_body = ABOUT_THE_BODY[problem.reason];
    return of_the_body ? unreadable(of_the_body) : UNAVAILABLE;
}

function unreadable(detail) {
    return {status: 502, reason: 'upstream-unreadable', title: "The upstream's answer cannot be masked",
        detail: `${detail} Nothing was passed on.`};
}

function refuse(r, problem) {
    r.variables.privacy_outcome = problem.reason;
    mark_private(r);
    r.headersOut['Content-Type'] = 'application/problem+json';
    if (problem.retry) {
        r.headersOut['Retry-After'] = problem.retry;
    }
    if (problem.status === 401) {
        r.headersOut['WWW-Authenticate'] = 'Bearer realm="privacy-service"';
    }
    const said = {type: 'about:blank', title: problem.title, status: problem.status, detail: problem.detail,
        reason: problem.reason, request_id: r.variables.privacy_request_id || ''};
    return r.return(problem.status, Buffer.from(JSON.stringify(said) + '\n'));
}

function too_large(r) {
    return refuse(r, BODY_TOO_LARGE);
}

function upstream_failed(r) {
    return refuse(r, FAILED);
}

function upstream_timeout(r) {
    return refuse(r, TIMEOUT);
}

function media_type(content_type) {
    return content_type.split(';')[0].trim().toLowerCase();
}

function kind_of(content_type) {
    const type = media_type(content_type);
    const kind = /^application\/[^;]+\+json$/.test(type) ? 'application/json' : KINDS[type];
    const at = content_type.indexOf(';');
    return kind && at >= 0 ? kind + content_type.slice(at) : kind;
}


// The rest runs in the server that seals bodies. These are of one request: each has a copy of its own.
let bytes = 0;
let is_over = false;
let began = Date.now();

// nginx takes an answer that begins like no HTTP for one of HTTP/0.9, and then tells nobody that it has come.
function refuse_other_protocols(r) {
    if (r.httpVersion === '0.9') {
        throw new Error('This is no HTTP.');  // It ends the connection, as if the API had hung up.
    }
}

function open(r) {
    r.variables.privacy_media_type = media_type(r.headersOut['Content-Type'] || '');
    delete r.headersOut['Content-Length'];
}

function seal(r, data, flags) {
    if (is_over) {
        return;
    }
    bytes += data.length;
    const stop = reason_to_stop(r);
    if (!stop) {
        r.sendBuffer(data, {last: false});
    }
    if (stop || flags.last) {
        is_over = true;
        r.sendBuffer(r.headersIn['Privacy-Seal'] + (stop || WHOLE), {last: true});
    }
}

function reason_to_stop(r) {
    if (bytes > Number(r.variables.privacy_answer_limit)) {
        return LARGE;
    }
    if (r.variables.privacy_media_type === STREAMS) {
        return ENDLESS;
    }
    return Date.now() - began > 1000 * Number(r.variables.privacy_upstream_seconds) ? LATE : '';
}

export default {answer, passed, refuse_other_protocols, open, seal, too_large, upstream_failed, upstream_timeout};
