// Definitions to begin with.

const hello = {
  Comment: "A greeting",
  QueryLanguage: "JSONata",
  StartAt: "Greet",
  States: {
    Greet: { Type: "Pass", Output: { greeting: "{% 'Hello, ' & ($exists($states.input.name) ? $states.input.name : 'world') %}" }, End: true },
  },
};

const loop = {
  Comment: "Wait and look again until three rounds are done",
  QueryLanguage: "JSONata",
  StartAt: "Begin",
  States: {
    Begin: { Type: "Pass", Assign: { round: 0 }, Next: "Wait" },
    Wait: { Type: "Wait", Seconds: 2, Next: "Count" },
    Count: { Type: "Pass", Assign: { round: "{% $round + 1 %}" }, Next: "Enough?" },
    "Enough?": { Type: "Choice", Choices: [{ Condition: "{% $round >= 3 %}", Next: "Done" }], Default: "Wait" },
    Done: { Type: "Succeed" },
  },
};

const fan = {
  Comment: "Two branches side by side, then each item of a list",
  QueryLanguage: "JSONata",
  StartAt: "Both",
  States: {
    Both: {
      Type: "Parallel",
      Branches: [
        { StartAt: "Slow", States: { Slow: { Type: "Wait", Seconds: 3, Next: "Slow result" }, "Slow result": { Type: "Pass", Output: [1, 2, 3], End: true } } },
        { StartAt: "Quick", States: { Quick: { Type: "Pass", Output: [4, 5], End: true } } },
      ],
      Output: "{% $append($states.result[0], $states.result[1]) %}",
      Next: "Each",
    },
    Each: {
      Type: "Map",
      Items: "{% $states.input %}",
      MaxConcurrency: 2,
      ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, StartAt: "Pause", States: { Pause: { Type: "Wait", Seconds: 1, Next: "Square" }, Square: { Type: "Pass", Output: "{% $states.input * $states.input %}", End: true } } },
      End: true,
    },
  },
};

export const EXAMPLES = [
  { name: "Hello", value: hello },
  { name: "Wait and try again", value: loop },
  { name: "Parallel and Map", value: fan },
].map(({ name, value }) => ({ name, text: JSON.stringify(value, null, 2) }));
