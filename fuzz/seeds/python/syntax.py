from airflow import DAG
try:
    pass
except* (A, B) as e:
    raise
x: int = 1; y = r"\d" b"\x00"
class A[T](B, metaclass=C):
    @property
    def z(self, /, a, *, b=1, **k) -> "A": return f"{self!r:>{a}} {{}}"
