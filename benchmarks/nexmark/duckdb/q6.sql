WITH closed AS (
  SELECT a.id, a.seller, b.price, b."dateTime"
  FROM auction AS a, bid AS b
  WHERE a.id = b.auction AND b."dateTime" BETWEEN a."dateTime" AND a.expires
  QUALIFY ROW_NUMBER() OVER (PARTITION BY a.id, a.seller ORDER BY b.price DESC) <= 1
)
SELECT
  seller,
  CAST(SUM(price) OVER last_ten // COUNT(*) OVER last_ten AS BIGINT)
FROM closed
WINDOW last_ten AS (PARTITION BY seller ORDER BY "dateTime" ROWS BETWEEN 9 PRECEDING AND CURRENT ROW);
