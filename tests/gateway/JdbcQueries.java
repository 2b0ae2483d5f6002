import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;

/** Prints what a program sees through Flink's JDBC driver, a line a row; its argument is the URL. */
public class JdbcQueries {
    public static void main(String[] arguments) throws Exception {
        Class.forName("org.apache.flink.table.jdbc.FlinkDriver");
        try (Connection connection = DriverManager.getConnection(arguments[0]);
                Statement statement = connection.createStatement()) {
            print("catalog", connection.getMetaData().getCatalogs());
            print("schema", connection.getMetaData().getSchemas());
            run(statement, "SET 'execution.runtime-mode' = 'batch'");
            run(statement, "CREATE TABLE numbers (a INT NOT NULL, b STRING) "
                    + "WITH ('connector' = 'datagen', 'number-of-rows' = '5')");
            run(statement, "CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')");
            run(statement, "SHOW TABLES");
            run(statement, "DESCRIBE numbers");
            run(statement, "INSERT INTO hole SELECT a FROM numbers");
            run(statement, "SELECT COUNT(*) AS n, CAST(1.5 AS DECIMAL(3, 1)) AS d, DATE '2024-02-29' AS day, "
                    + "TIMESTAMP '2024-02-29 12:34:56.5' AS ts, TRUE AS t, CAST(NULL AS INT) AS nothing, "
                    + "MAP['k', 1] AS m FROM numbers");
            run(statement, "SELECT nothing FROM numbers");
        }
    }

    private static void run(Statement statement, String sql) {
        try {
            if (statement.execute(sql)) {
                print(sql.split(" ")[0], statement.getResultSet());
            }
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            System.out.println("error " + cause.getMessage());
        }
    }

    private static void print(String title, ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        while (rows.next()) {
            StringBuilder line = new StringBuilder(title);
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                line.append(' ').append(columns.getColumnName(i)).append('=').append(rows.getObject(i));
            }
            System.out.println(line);
        }
    }
}
