// Definitions to begin with.

const blank = { StartAt: "Pass", States: { Pass: { Type: "Pass", End: true } } };

const blankJsonata = { QueryLanguage: "JSONata", ...blank };

const hello = {
  Comment: "A greeting: one state, written in JSONata",
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

const call = {
  Comment: "Call a Lambda function, try again when it is busy, and handle its errors",
  QueryLanguage: "JSONata",
  StartAt: "Call",
  States: {
    Call: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: { FunctionName: "my_lambda_function", Payload: "{% $states.input %}" },
      Output: "{% $states.result.Payload %}",
      Retry: [{ ErrorEquals: ["Lambda.TooManyRequestsException", "Lambda.ServiceException"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 }],
      Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "Sorry" }],
      End: true,
    },
    Sorry: { Type: "Fail", Error: "{% $states.input.Error %}", Cause: "{% $states.input.Cause %}" },
  },
};

const check = {
  Comment: "Call a function, and again after a while when it answers with status 500",
  StartAt: "Invoke",
  TimeoutSeconds: 3600,
  States: {
    Invoke: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: "my_lambda_function", "Payload.$": "$" },
      ResultSelector: { "statusCode.$": "$.Payload.statusCode", "body.$": "$.Payload.body" },
      Retry: [{ ErrorEquals: ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 }],
      Next: "Check",
    },
    Check: { Type: "Choice", Choices: [{ Variable: "$.statusCode", NumericEquals: 500, Next: "Wait" }], Default: "Done" },
    Wait: { Type: "Wait", Seconds: 10, Next: "Invoke" },
    Done: { Type: "Succeed" },
  },
};

const human = {
  Comment: "Wait until somebody answers with the task token: the execution's page has a form for it",
  QueryLanguage: "JSONata",
  StartAt: "Ask",
  States: {
    Ask: {
      Type: "Task",
      Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      Arguments: { QueueUrl: "http://localhost:4566/000000000000/questions", MessageBody: { question: "{% $states.input %}", token: "{% $states.context.Task.Token %}" } },
      TimeoutSeconds: 86400,
      Next: "Yes?",
    },
    "Yes?": { Type: "Choice", Choices: [{ Condition: "{% $states.input.answer = 'yes' %}", Next: "Approved" }], Default: "Refused" },
    Approved: { Type: "Succeed" },
    Refused: { Type: "Fail", Error: "Refused" },
  },
};

/** The function that examples call; it need not exist. */
export const FUNCTION = "my_lambda_function";

export const EXAMPLES = [
  { id: "hello", name: "Hello", value: hello },
  { id: "call-and-check", name: "Call a function, check its answer", value: check },
  { id: "call-with-retries", name: "Call a function, handle its errors", value: call },
  { id: "wait-and-look", name: "Wait and try again", value: loop },
  { id: "fan-out", name: "Parallel and Map", value: fan },
  { id: "ask-a-person", name: "Ask a person", value: human },
  { id: "", name: "Blank, JSONata", value: blankJsonata },
  { id: "", name: "Blank, JSONPath", value: blank },
].map(({ id, name, value }) => ({ id, name, note: "Comment" in value ? value.Comment : "", text: JSON.stringify(value, null, 2) }));
