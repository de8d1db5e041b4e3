"""The rules. Ids are stable: one that is given up is not given to another rule. A page each in docs/rules/."""

from __future__ import annotations

from typing import Final

from treadle.tools.lint import cost, limits, payloads, reliability, retries, security, style, variables
from treadle.tools.lint.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    # The language: what AWS refuses, or what must fail when it runs.
    Rule("TR101", "unreadable", "The text is not JSON or YAML", "error"),
    Rule("TR102", "invalid", "A field is missing, has a wrong value, or excludes another", "error"),
    Rule("TR103", "unknown-field", "A field that does not exist there", "error"),
    Rule("TR104", "wrong-language", "A field of the other query language", "error"),
    Rule("TR105", "missing-target", "A transition to a state that does not exist", "error"),
    Rule("TR106", "unreachable", "A state that nothing leads to", "error"),
    Rule("TR107", "no-end", "A flow that can never end", "error"),
    Rule("TR108", "duplicate-state", "A state name that is used twice", "error"),
    Rule("TR109", "invalid-jsonata", "An expression that is no JSONata, or may not stand there", "error"),
    Rule("TR110", "next-or-end", "A state needs Next or End, and not both", "error"),
    Rule("TR111", "unknown-resource", "An integration that does not exist", "error"),
    Rule("TR112", "open-placeholder", "A placeholder that the infrastructure code does not fill", "error"),
    Rule("TR113", "not-performed", "What AWS takes and treadle does not run", "info"),
    Rule("TR120", "unassigned-variable", "A variable that no way to the state assigns", "error", variables.unassigned),
    Rule(
        "TR121", "missing-field", "A field that one way to the state does not give", "warning", variables.missing_field
    ),
    # Reliability
    Rule("TR201", "no-timeout", "A job, callback or activity without time limit", "warning", reliability.stuck),
    Rule("TR202", "token-not-passed", "A callback whose token nobody gets", "error", reliability.tokenless),
    Rule(
        "TR203", "lambda-no-retry", "Lambda's passing errors are not retried", "warning", reliability.unguarded_lambda
    ),
    Rule(
        "TR204",
        "lambda-half-retry",
        "Some of Lambda's passing errors are not retried",
        "warning",
        reliability.half_guarded_lambda,
    ),
    Rule(
        "TR205",
        "long-backoff",
        "Retries that wait longer and longer without limit",
        "warning",
        reliability.endless_backoff,
    ),
    Rule("TR206", "no-jitter", "Items of a Map that retry at the same moments", "info", reliability.no_jitter),
    Rule("TR207", "useless-retry", "A Retry of errors that cannot be retried", "warning", reliability.useless_retry),
    Rule("TR208", "shadowed-error", "An error that an entry above matches", "warning", reliability.repeated_error),
    Rule("TR209", "lost-input", "A Catch that drops what the next state reads", "warning", reliability.lost_input),
    Rule("TR210", "no-default", "A Choice without Default", "warning", reliability.no_default),
    Rule("TR211", "unknown-error", "An error name that cannot occur", "warning", reliability.unknown_error),
    Rule(
        "TR212",
        "map-floods-lambda",
        "A distributed Map that calls more functions than an account has",
        "warning",
        reliability.loud_map,
    ),
    Rule(
        "TR213",
        "map-tolerates-nothing",
        "A distributed Map that fails with its first item",
        "info",
        reliability.strict_map,
    ),
    Rule(
        "TR214",
        "express-too-long",
        "Waits and limits beyond the five minutes of Express",
        "error",
        reliability.too_long_for_express,
    ),
    Rule(
        "TR215",
        "prefix-without-slash",
        "An S3 prefix that matches its siblings",
        "warning",
        reliability.sibling_prefixes,
    ),
    Rule("TR216", "endless-catch", "A Catch that begins the same state again", "warning", reliability.circular_catch),
    Rule("TR217", "same-rule", "Two rules of a Choice with one condition", "warning", reliability.same_rule),
    Rule(
        "TR218",
        "unlinked-child",
        "A child execution that does not know its parent",
        "info",
        reliability.anonymous_child,
    ),
    Rule("TR219", "unqualified-lambda", "A function without version or alias", "info", reliability.unqualified, False),
    Rule(
        "TR220",
        "parallel-no-catch",
        "A branch whose failure aborts the others",
        "info",
        reliability.lonely_branch,
        False,
    ),
    Rule("TR221", "blind-retry", "A Retry of all errors that does something twice", "info", retries.blind),
    Rule(
        "TR222",
        "retried-expression",
        "A Retry that repeats a failed expression",
        "info",
        retries.same_expression,
    ),
    Rule("TR223", "activity-no-heartbeat", "A worker whose death is noticed late", "info", reliability.silent_worker),
    Rule("TR224", "express-twice", "A step of an Express workflow that may not run twice", "info", retries.run_twice),
    # Data and limits
    Rule("TR301", "map-fills-history", "An inline Map with too many items for one history", "error", limits.long_map),
    Rule("TR302", "loop-fills-history", "A loop that fills the history", "warning", limits.long_loop),
    Rule("TR303", "growing-payload", "A list that grows in a loop", "info", payloads.growing),
    Rule(
        "TR304",
        "map-results-in-payload",
        "Results of a large Map that must fit into one payload",
        "warning",
        payloads.unwritten_map,
    ),
    Rule("TR305", "large-literal", "A literal larger than a payload", "error", payloads.large_literal),
    Rule("TR306", "not-evaluated", "A path or expression that is only a text", "warning", limits.unevaluated),
    Rule("TR307", "payload-too-large", "Data that is larger than a payload in every run", "error", payloads.too_large),
    Rule("TR308", "copied-input", "Results that hold many copies of the input", "info", payloads.copied),
    Rule("TR309", "large-answer", "A call that may answer more than a payload holds", "info", payloads.large_answer),
    Rule("TR310", "metadata-per-item", "Results of a Map with the metadata of each call", "info", payloads.metadata),
    Rule("TR311", "results-pile-up", "Many whole results beside each other", "info", payloads.piled_up),
    # Cost
    Rule("TR401", "polling", "A loop that polls for what .sync waits for", "warning", cost.polling),
    Rule("TR402", "idle-pass", "A Pass that does nothing", "info", cost.idle_pass),
    Rule("TR403", "split-pass", "Two Passes that could be one", "info", cost.twin_passes),
    Rule("TR404", "could-be-express", "A short workflow of the dear type", "info", cost.could_be_express),
    Rule("TR405", "retry-storm", "Retries of retries, times the items of a Map", "info", retries.storm),
    # Security and operations
    Rule("TR501", "secret", "A secret in the definition", "warning", security.secrets),
    Rule(
        "TR502", "http-credentials", "Credentials in the headers of an HTTP call", "warning", security.http_credentials
    ),
    Rule("TR503", "no-logging", "A state machine without logging", "info"),
    Rule("TR504", "no-tracing", "A state machine without tracing", "info"),
    Rule("TR505", "log-group-name", "A log group that is not called /aws/vendedlogs/", "info"),
    Rule("TR506", "no-tags", "A state machine without tags", "info", usual=False),
    Rule("TR507", "log-group-key", "Encrypted data in a log group without a key", "info"),
    Rule("TR508", "open-trust", "A role that Step Functions may use for every account", "info"),
    Rule("TR509", "lent-role", "A role in Credentials that a whole account may use", "info"),
    # Style
    Rule("TR601", "old-map", "Old names of a Map's fields", "info", style.old_map),
    Rule("TR602", "repeated-language", "QueryLanguage in every state", "info", style.language_of_all),
    Rule("TR603", "name-not-ascii", "A state name that is not ASCII", "info", style.foreign_names),
    Rule("TR604", "no-comment", "A workflow without Comment", "info", style.no_comment, False),
    Rule("TR605", "direct-lambda", "A function's ARN as Resource", "info", style.direct_lambda, False),
    Rule("TR606", "needless-path", "A path that changes nothing", "info", style.idle_fields, False),
)
BY_ID: Final = {rule.id: rule for rule in RULES}
