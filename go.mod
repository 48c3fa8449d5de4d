module github.com/birge-kz/birge

go 1.26.0
