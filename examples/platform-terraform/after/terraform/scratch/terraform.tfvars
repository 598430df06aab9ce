database_name = "playground"
