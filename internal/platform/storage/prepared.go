package storage

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// preparing makes SQLite connections that keep their statements prepared, for parsing SQL costs
// more than running most of it. PostgreSQL's driver does so by itself.
type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	lite, ok := c.(liteConn)
	if !ok {
		return nil, fmt.Errorf("storage: %T lacks a method that the database's driver had", c)
	}
	return &preparedConn{liteConn: lite, kept: map[string]*preparedStmt{}}, nil
}

// liteConn is what the driver's connection can do, but for running a text directly: so whoever
// asks has to go by PrepareContext.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type preparedConn struct {
	liteConn
	kept map[string]*preparedStmt // by their text
}

// maxPrepared bounds how many statements a connection keeps: lists of changing lengths make
// ever new ones.
const maxPrepared = 256

func (c *preparedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	kept := c.kept[query]
	if kept != nil && !kept.busy {
		kept.busy = true
		return kept, nil
	}
	s, err := c.liteConn.PrepareContext(ctx, query)
	if err != nil || kept != nil {
		return s, err
	}
	lite, ok := s.(liteStmt)
	if !ok {
		return nil, fmt.Errorf("storage: %T lacks a method that the database's driver had", s)
	}
	c.makeRoom()
	kept = &preparedStmt{liteStmt: lite, busy: true}
	c.kept[query] = kept
	return kept, nil
}

// makeRoom drops one of the statements that nobody uses, whichever comes first.
func (c *preparedConn) makeRoom() {
	if len(c.kept) < maxPrepared {
		return
	}
	for query, s := range c.kept {
		if !s.busy {
			_ = s.liteStmt.Close()
			delete(c.kept, query)
			return
		}
	}
}

func (c *preparedConn) Close() error {
	for _, s := range c.kept {
		_ = s.liteStmt.Close()
	}
	return c.liteConn.Close()
}

type liteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparedStmt is a statement that its connection keeps. It is busy from being asked for until
// Close; whoever asks for the same text meanwhile gets another.
type preparedStmt struct {
	liteStmt
	busy bool
}

func (s *preparedStmt) Close() error {
	s.busy = false
	return nil
}
