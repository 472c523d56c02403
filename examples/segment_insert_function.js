// A Segment insert function: what somebody wrote is masked before the event goes on to its destination.
//
// Settings of the function, never in its code: `endpoint` (such as https://privacy.example.com/v3/process/text) and
// `apiKey` (a key with the scope "mask" alone). Nothing of an event is logged, and no event goes on unmasked: whatever
// is not a clean answer becomes an error, of which Segment tries the first kind again.

async function onTrack(event, settings) {
  const content = event.properties && event.properties.content;
  if (typeof content !== "string" || content === "") return event;

  event.properties.content = await masked(content, settings);
  event.event = `${event.event} (masked)`;
  return event;
}

async function masked(text, settings) {
  let response;
  try {
    response = await fetch(settings.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", "x-api-key": settings.apiKey },
      body: JSON.stringify({ text: [text], entity_detection: { return_entity: false } }),
    });
  } catch {
    throw new RetryError("The privacy-service cannot be reached");
  }
  if (response.status === 429 || response.status >= 500) {
    throw new RetryError(`The privacy-service answered ${response.status}`);
  }
  if (!response.ok) {
    throw new ValidationError(`The privacy-service refused the request with ${response.status}`);
  }
  const [answer] = await response.json();
  return answer.processed_text;
}
