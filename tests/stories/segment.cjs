// Runs an insert function as Segment does: its file, one event and the settings in, what became of the event out.
const fs = require("node:fs");
const vm = require("node:vm");

const { file, event, settings } = JSON.parse(fs.readFileSync(0, "utf8"));
const logged = [];
class RetryError extends Error {}
class ValidationError extends Error {}
const world = vm.createContext({ fetch, RetryError, ValidationError, console: { log: (...said) => logged.push(said) } });
vm.runInContext(fs.readFileSync(file, "utf8"), world);
world.given = { event, settings };
vm.runInContext("onTrack(given.event, given.settings)", world).then(
  (answered) => console.log(JSON.stringify({ event: answered, logged })),
  (error) => console.log(JSON.stringify({ error: error.constructor.name, message: error.message, logged })),
);
