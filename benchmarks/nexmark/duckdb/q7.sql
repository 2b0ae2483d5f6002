SELECT b.auction, b.price, b.bidder, b."dateTime", b.extra
FROM bid AS b
JOIN (
  SELECT MAX(price) AS most, TIME_BUCKET(INTERVAL 10 SECONDS, "dateTime") + INTERVAL 10 SECONDS AS "dateTime"
  FROM bid
  GROUP BY 2
) AS top
ON b.price = top.most
WHERE b."dateTime" BETWEEN top."dateTime" - INTERVAL 10 SECONDS AND top."dateTime";
