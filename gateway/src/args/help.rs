//! What `-h` and `--help` say after the flags.

/// Examples, for both.
pub(super) const EXAMPLES: &str = "\
Examples:
  gatesocket-gateway --template template.yaml --parameter Stage=dev
  gatesocket-gateway --handler lambda/connection-id/index.mjs
  gatesocket-gateway --handler app.mjs --route '$connect' --route '$disconnect' --route sendMessage
  gatesocket-gateway --handler my-function/app.py
  gatesocket-gateway --runtime-command './my-runtime --flag' --task-root my-function
  gatesocket-gateway --handler app.mjs --port 0 --ready-json --idle-timeout 2.5";

/// More, for who has asked for all of it.
pub(super) const MORE: &str = "\
Examples:
  A backend of one Node file, and a client:
    gatesocket-gateway --handler app.mjs
    npx wscat -c ws://localhost:3001/production/
  The API of a template, with its functions, routes and roles:
    gatesocket-gateway --template template.yaml --parameter Stage=dev
  Routes by name; a message {\"action\":\"sendMessage\"} goes to the last:
    gatesocket-gateway --handler app.mjs --route '$connect' --route '$disconnect' --route sendMessage
  Python, and anything that speaks the Lambda Runtime API:
    gatesocket-gateway --handler my-function/app.py
    gatesocket-gateway --runtime-command './my-runtime --flag' --task-root my-function
  For a test: a free port, told in one line of JSON, and connections that are idle after 2.5 s:
    gatesocket-gateway --handler app.mjs --port 0 --ready-json --idle-timeout 2.5

One port answers everything:
  ws://localhost:3001/production/                   clients, or wss:
  https://localhost:3001/production/@connections    the management API of the AWS SDK, or http:
  http://localhost:3001/_gateway                    the console, for this machine only
  http://localhost:3001/_gateway/api                its API: connections, events, faults

Ctrl-C or SIGTERM closes all connections with 1001, runs $disconnect for each and stops; the second one stops at once.

Exit codes:
  0   stopped by a signal, or after --help, --version and completion
  1   could not start; the sentence on stderr says why
  2   the command line was not understood

Environment:
  NO_COLOR                          no colours, even on a terminal
  AWS_REGION, AWS_ACCESS_KEY_ID...  reach the functions where they are set";
