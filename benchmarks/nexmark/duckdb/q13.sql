SELECT b.auction, b.bidder, b.price, b."dateTime", s.value
FROM bid AS b
JOIN (SELECT UNNEST(RANGE(10000)) AS key, CAST(UNNEST(RANGE(10000)) AS VARCHAR) AS value) AS s
ON b.auction % 10000 = s.key;
