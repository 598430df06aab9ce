//! Uses of connections.

use expect_test::expect;

use super::{dump, dump_one};

#[test]
fn connections_of_every_form() {
    expect![[r#"
        DAG file dags/a.py 1/1
          connection constant @dags/a.py:8:9 by d.sql
          connection sdk @dags/a.py:11:19 by d.run
          connection secrets @dags/a.py:12:43 by d.run
          connection hook @dags/a.py:12:73 by d.run
          connection positional @dags/a.py:13:24 by d.run
          connection http @dags/a.py:14:33 by d.run
          connection method @dags/a.py:15:24 by d.run
          connection default @dags/a.py:16:45 by d
          connection templated @dags/a.py:17:69 by d.sql
          connection argument @dags/a.py:18:64 by d.run
          connection lambda @dags/a.py:19:74 by d.inline
          connection a @dags/a.py:21:41 by d.either
          connection b @dags/a.py:21:60 by d.either
          connection forgotten @dags/a.py:24:34 by d
    "#]].assert_eq(&dump_one(
        "import os; from airflow.sdk import Connection, BaseHook\n\
         from airflow.providers.postgres.hooks.postgres import PostgresHook\n\
         from airflow.providers.http.hooks.http import HttpHook\n\
         from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator\n\
         CONN = 'constant'\n\
         def run(conn_id):\n\
         \x20 BaseHook.get_connection(conn_id)\n\
         \x20 Connection.get('sdk')\n\
         \x20 Connection.get_connection_from_secrets('secrets'); BaseHook.get_hook('hook')\n\
         \x20 hook = PostgresHook('positional')\n\
         \x20 HttpHook('GET', http_conn_id='http')\n\
         \x20 hook.get_connection('method')\n\
         with DAG('d', default_args={'aws_conn_id': 'default'}):\n\
         \x20 SQLExecuteQueryOperator(task_id='sql', conn_id=CONN, sql='{{ conn.templated.host }}')\n\
         \x20 PythonOperator(task_id='run', python_callable=run, op_args=['argument'])\n\
         \x20 PythonOperator(task_id='inline', python_callable=lambda: PostgresHook('lambda'))\n\
         \x20 Mystery(task_id='jinja', my_conn_id='{{ var.value.x }}')\n\
         \x20 Mystery(task_id='either', my_conn_id='a' if what() else 'b')\n\
         \x20 Mystery(task_id='default', my_conn_id=os.getenv('X', 'only a default'))\n\
         def forgotten():\n\
         \x20 PostgresHook(postgres_conn_id='forgotten')\n\
         made = Connection(conn_id='definition', conn_type='http')\n",
    ));
}

#[test]
fn helpers_that_only_ask_for_connections_are_read() {
    expect![[r#"
        Python file lib/db.py 0/0
          connection warehouse @lib/db.py:3:35 by *
    "#]]
    .assert_eq(&dump(&[(
        "lib/db.py",
        "from airflow.hooks.base import BaseHook\n\
         def engine():\n  return BaseHook.get_connection('warehouse')\n",
    )]));
}
