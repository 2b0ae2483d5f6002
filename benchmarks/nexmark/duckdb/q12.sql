SELECT bidder, COUNT(*)
FROM bid
GROUP BY bidder;
