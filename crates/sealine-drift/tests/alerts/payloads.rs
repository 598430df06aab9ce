//! What each sink sends for a standard alert, as services take it.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use sealine_drift::alerts::Event;

use crate::sinks::{CANARY, PATIENT, Service, due, make, message};

async fn payload(kind: &str, event: Event, reference: Option<&str>, wanted: Expect) {
    let service = Service::default();
    let outlet = make(kind, &service.start().await, PATIENT);
    let due = due(message(event), reference, 0).await;
    let answered = outlet.sink.send(&due).await;
    let mut text = String::new();
    for seen in service.seen.lock().unwrap().iter() {
        let auth = seen.headers.get("authorization").map_or("", String::as_str);
        let body = serde_json::to_string_pretty(&seen.body).unwrap();
        let _ = writeln!(text, "{} [{auth}]\n{body}", seen.line);
    }
    let _ = writeln!(text, "{answered:?}");
    wanted.assert_eq(&text.replace(CANARY, "CANARY"));
}

#[tokio::test]
async fn slack_webhook_posts_blocks() {
    payload("slack_webhook", Event::Open, None, expect![[r#"
        POST /hook/CANARY []
        {
          "blocks": [
            {
              "text": {
                "text": ":red_circle: *`terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted*",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "text": {
                "text": "• `aws_security_group.&lt;!channel&gt;[\"@here\"]` changed outside, new: `ingress[0].cidr_blocks`, `tags[\"team\"]`, read by `shop/api` and 1 more\n",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "since 2026-03-01T12:00:00Z · owner @shop/platform · `sealine drift show 7` · <https://ci.example.com/run/1?a=b%7Cc|more> · 0123456789ab",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": ":red_circle: `terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted",
          "unfurl_links": false,
          "unfurl_media": false
        }
        Sent { reference: None }
    "#]]).await;
}

#[tokio::test]
async fn slack_bot_keeps_to_its_thread() {
    payload("slack_bot", Event::Resolve, Some("C1 123.456"), expect![[r#"
        POST /api/chat.update [Bearer CANARY]
        {
          "blocks": [
            {
              "text": {
                "text": ":white_check_mark: *`terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted*",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "text": {
                "text": "• `aws_security_group.&lt;!channel&gt;[\"@here\"]` changed outside, gone: `ingress[0].cidr_blocks`, `tags[\"team\"]`, read by `shop/api` and 1 more\n",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "since 2026-03-01T12:00:00Z · owner @shop/platform · `sealine drift show 7` · <https://ci.example.com/run/1?a=b%7Cc|more> · 0123456789ab",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "channel": "C1",
          "text": ":white_check_mark: `terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted",
          "ts": "123.456",
          "unfurl_links": false,
          "unfurl_media": false
        }
        POST /api/chat.postMessage [Bearer CANARY]
        {
          "blocks": [
            {
              "text": {
                "text": ":white_check_mark: *`terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted*",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "text": {
                "text": "• `aws_security_group.&lt;!channel&gt;[\"@here\"]` changed outside, gone: `ingress[0].cidr_blocks`, `tags[\"team\"]`, read by `shop/api` and 1 more\n",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "since 2026-03-01T12:00:00Z · owner @shop/platform · `sealine drift show 7` · <https://ci.example.com/run/1?a=b%7Cc|more> · 0123456789ab",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "channel": "C1",
          "text": ":white_check_mark: `terraform/edge`: `aws_security_group.&lt;!channel&gt;` drifted",
          "thread_ts": "123.456",
          "unfurl_links": false,
          "unfurl_media": false
        }
        Sent { reference: None }
    "#]]).await;
}

#[tokio::test]
async fn opsgenie_opens_an_alert_and_closes_it() {
    payload("opsgenie", Event::Open, None, expect![[r#"
        POST /v2/alerts [GenieKey CANARY]
        {
          "alias": "0123456789abcdef0123456789abcdef",
          "description": "`terraform/edge`: `aws_security_group.<!channel>` drifted\nsealine drift show 7\n- terraform/edge: aws_security_group.<!channel>[\"@here\"] changed outside, new: ingress[0].cidr_blocks, tags[\"team\"] (read by shop/api, shop/worker)",
          "details": {
            "link": "https://ci.example.com/run/1?a=b|c",
            "owners": "@shop/platform",
            "severity": "high",
            "since": "2026-03-01T12:00:00Z"
          },
          "entity": "terraform/edge",
          "message": "`terraform/edge`: `aws_security_group.<!channel>` drifted",
          "priority": "P2",
          "responders": [
            {
              "name": "platform",
              "type": "team"
            }
          ],
          "source": "sealine",
          "tags": [
            "sealine",
            "drifted"
          ]
        }
        Sent { reference: None }
    "#]]).await;
    payload("opsgenie", Event::Resolve, None, expect![[r#"
        POST /v2/alerts/0123456789abcdef0123456789abcdef/close?identifierType=alias [GenieKey CANARY]
        {
          "note": "`terraform/edge`: `aws_security_group.<!channel>` drifted\nsealine drift show 7\n- terraform/edge: aws_security_group.<!channel>[\"@here\"] changed outside, gone: ingress[0].cidr_blocks, tags[\"team\"] (read by shop/api, shop/worker)",
          "source": "sealine"
        }
        Sent { reference: None }
    "#]]).await;
}

#[tokio::test]
async fn jira_takes_the_same_elsewhere() {
    payload("jira_service_management", Event::Update, None, expect![[r#"
        POST /jsm/ops/integration/v2/alerts/0123456789abcdef0123456789abcdef/notes?identifierType=alias [GenieKey CANARY]
        {
          "note": "`terraform/edge`: `aws_security_group.<!channel>` drifted\nsealine drift show 7\n1 still there\n- terraform/edge: aws_security_group.<!channel>[\"@here\"] changed outside, new: ingress[0].cidr_blocks, tags[\"team\"] (read by shop/api, shop/worker)",
          "source": "sealine"
        }
        Sent { reference: None }
    "#]]).await;
}

#[tokio::test]
async fn github_opens_one_issue_and_closes_it() {
    payload("github_issues", Event::Open, None, expect![[r#"
        GET /repos/o/r/issues?labels=drift&state=open&per_page=100&page=1 [Bearer CANARY]
        null
        POST /repos/o/r/issues [Bearer CANARY]
        {
          "body": "<!-- sealine:0123456789abcdef0123456789abcdef -->\n\\`terraform/edge\\`: \\`aws\\_security\\_group.&lt;\\!channel&gt;\\` drifted\n\n- `aws_security_group.<!channel>[\"@here\"]` in `terraform/edge` changed outside, high, new: `ingress[0].cidr_blocks`, `tags[\"team\"]`; read by `shop/api, shop/worker`\n\nSince 2026-03-01T12:00:00Z. Owner: `@shop/platform`. More: `sealine drift show 7`, [the run](https://ci.example.com/run/1?a=b|c)",
          "labels": [
            "drift"
          ],
          "title": "`terraform/edge`: `aws_security_group.<!channel>` drifted"
        }
        Sent { reference: Some("42") }
    "#]]).await;
    payload("github_issues", Event::Resolve, Some("42"), expect![[r#"
        POST /repos/o/r/issues/42/comments [Bearer CANARY]
        {
          "body": "<!-- sealine:0123456789abcdef0123456789abcdef 1 -->\n\\`terraform/edge\\`: \\`aws\\_security\\_group.&lt;\\!channel&gt;\\` drifted\n\n- `aws_security_group.<!channel>[\"@here\"]` in `terraform/edge` changed outside, high, gone: `ingress[0].cidr_blocks`, `tags[\"team\"]`; read by `shop/api, shop/worker`\n\nSince 2026-03-01T12:00:00Z. Owner: `@shop/platform`. More: `sealine drift show 7`, [the run](https://ci.example.com/run/1?a=b|c)"
        }
        PATCH /repos/o/r/issues/42 [Bearer CANARY]
        {
          "state": "closed",
          "state_reason": "completed"
        }
        Sent { reference: Some("42") }
    "#]]).await;
}

#[tokio::test]
async fn github_starts_workflows() {
    payload(
        "github_dispatch",
        Event::Open,
        None,
        expect![[r#"
        POST /repos/o/r/dispatches [Bearer CANARY]
        {
          "client_payload": {
            "addresses": [
              "aws_security_group.<!channel>[\"@here\"]"
            ],
            "key": "0123456789abcdef0123456789abcdef",
            "project": "terraform/edge",
            "severity": "high",
            "title": "`terraform/edge`: `aws_security_group.<!channel>` drifted"
          },
          "event_type": "sealine-drift"
        }
        Sent { reference: None }
    "#]],
    )
    .await;
    payload(
        "github_dispatch",
        Event::Resolve,
        None,
        expect![[r#"
        Sent { reference: None }
    "#]],
    )
    .await;
}
